namespace InitTx.Cli.Rendering;

/// <summary>
/// Colour for words, or none. Colour repeats what the word says and never says something alone.
/// </summary>
internal readonly record struct Paint(bool On)
{
    public string Good(string text) => With("32", text);

    public string Bad(string text) => With("1;31", text);

    public string Warn(string text) => With("33", text);

    public string Strong(string text) => With("1", text);

    public string Faint(string text) => With("2", text);

    /// <summary>A unit's state in the colour that people expect.</summary>
    public string State(string state, string text) => state switch
    {
        "active" or "reloading" => Good(text),
        "failed" => Bad(text),
        "activating" or "deactivating" => Warn(text),
        _ => text,
    };

    private string With(string code, string text) =>
        On && text.Length > 0 ? $"\e[{code}m{text}\e[0m" : text;
}
