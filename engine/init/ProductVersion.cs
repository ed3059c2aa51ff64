namespace InitTx.Init;

/// <summary>The product's version, from the build.</summary>
internal static class ProductVersion
{
    public static readonly string Text =
        typeof(ProductVersion).Assembly.GetName().Version?.ToString(3) ?? "unknown";
}
