using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace InitTx.Style.Tests;

/// <summary>
/// One use of a type of another assembly, with the namespace of the code that uses it.
/// </summary>
public readonly record struct TypeUse(
    string FromNamespace, string FromType, string Assembly, string Type);

/// <summary>
/// A compiled product assembly, read as metadata: nothing of it is loaded or run.
/// </summary>
public sealed class ProductAssembly : IDisposable
{
    /// <summary>
    /// Every product assembly by its file name, and what it may refer to besides System.
    /// </summary>
    public static readonly IReadOnlyDictionary<string, string[]> Allowed =
        new Dictionary<string, string[]>(StringComparer.Ordinal)
        {
            ["InitTx.Units"] = [],
            ["InitTx.Core"] = ["InitTx.Units", "Stateless"],
            ["InitTx.Protocol"] = [],
            ["InitTx.Answers"] = ["InitTx.Units", "InitTx.Core"],
            ["InitTx.Linux"] = ["InitTx.Units", "InitTx.Core"],
            ["InitTx.Journal"] =
                ["InitTx.Units", "InitTx.Core", "SQLitePCLRaw", "Microsoft.Data.Sqlite"],
            ["initxd"] =
                ["InitTx.Units", "InitTx.Core", "InitTx.Protocol", "InitTx.Answers", "InitTx.Linux",
                    "InitTx.Journal"],
            ["initx-exec"] = ["InitTx.Units", "InitTx.Core", "InitTx.Linux"],
            ["initx-archive"] =
                ["InitTx.Units", "InitTx.Core", "InitTx.Linux", "InitTx.Journal", "SQLitePCLRaw",
                    "Microsoft.Data.Sqlite"],
            ["initx"] =
                ["InitTx.Units", "InitTx.Core", "InitTx.Protocol", "InitTx.Answers",
                    "InitTx.Linux", "InitTx.Journal", "System.CommandLine", "Spectre.Console"],
        };

    private readonly PEReader image;
    private readonly MetadataReader metadata;

    public ProductAssembly(string name)
    {
        image = new PEReader(File.OpenRead(Path.Combine(AppContext.BaseDirectory, name + ".dll")));
        metadata = image.GetMetadataReader();
    }

    public void Dispose() => image.Dispose();

    /// <summary>The assemblies it refers to.</summary>
    public IEnumerable<string> References() =>
        from handle in metadata.AssemblyReferences
        select metadata.GetString(metadata.GetAssemblyReference(handle).Name);

    /// <summary>Methods that are imported from native code, as Namespace.Type.Method.</summary>
    public IEnumerable<string> NativeImports()
    {
        foreach (MethodDefinitionHandle handle in metadata.MethodDefinitions)
        {
            MethodDefinition method = metadata.GetMethodDefinition(handle);
            if ((method.Attributes & System.Reflection.MethodAttributes.PinvokeImpl) != 0)
            {
                (string space, string type) = Name(method.GetDeclaringType());
                yield return $"{space}.{type}.{metadata.GetString(method.Name)}";
            }
        }
    }

    /// <summary>Every type of another assembly that some method body names.</summary>
    public IEnumerable<TypeUse> Uses()
    {
        foreach (MethodDefinitionHandle handle in metadata.MethodDefinitions)
        {
            MethodDefinition method = metadata.GetMethodDefinition(handle);
            if (method.RelativeVirtualAddress == 0)
                continue;
            (string space, string type) = Name(method.GetDeclaringType());
            byte[] body = image.GetMethodBody(method.RelativeVirtualAddress).GetILBytes() ?? [];
            foreach (EntityHandle token in InstructionTokens.Of(body))
            {
                if (TypeOf(token) is { } reference)
                    yield return new TypeUse(space, type, reference.Assembly, reference.Type);
            }
        }
    }

    private (string Assembly, string Type)? TypeOf(EntityHandle token) => token.Kind switch
    {
        HandleKind.TypeReference => Reference((TypeReferenceHandle)token),
        HandleKind.MemberReference =>
            TypeOf(metadata.GetMemberReference((MemberReferenceHandle)token).Parent),
        HandleKind.MethodSpecification =>
            TypeOf(metadata.GetMethodSpecification((MethodSpecificationHandle)token).Method),
        HandleKind.TypeSpecification => GenericType((TypeSpecificationHandle)token),
        _ => null,
    };

    // A generic type's blob is GENERICINST (class|valuetype) TypeDefOrRef…: only its own name
    // matters here.
    private (string Assembly, string Type)? GenericType(TypeSpecificationHandle handle)
    {
        BlobReader blob = metadata.GetBlobReader(metadata.GetTypeSpecification(handle).Signature);
        if (blob.ReadByte() != (byte)SignatureTypeCode.GenericTypeInstance)
            return null;
        blob.ReadByte();
        return TypeOf(blob.ReadTypeHandle());
    }

    private (string Assembly, string Type)? Reference(TypeReferenceHandle handle)
    {
        TypeReference type = metadata.GetTypeReference(handle);
        string name = metadata.GetString(type.Name);
        switch (type.ResolutionScope.Kind)
        {
            case HandleKind.AssemblyReference:
                AssemblyReferenceHandle scope = (AssemblyReferenceHandle)type.ResolutionScope;
                return (metadata.GetString(metadata.GetAssemblyReference(scope).Name),
                    $"{metadata.GetString(type.Namespace)}.{name}");
            case HandleKind.TypeReference:
                return Reference((TypeReferenceHandle)type.ResolutionScope) is { } outer
                    ? (outer.Assembly, $"{outer.Type}.{name}")
                    : null;
            default:
                return null;
        }
    }

    // A nested type has no namespace of its own: the outermost type's counts.
    private (string Namespace, string Type) Name(TypeDefinitionHandle handle)
    {
        TypeDefinition type = metadata.GetTypeDefinition(handle);
        TypeDefinitionHandle outer = type.GetDeclaringType();
        string name = metadata.GetString(type.Name);
        if (outer.IsNil)
            return (metadata.GetString(type.Namespace), name);
        (string space, string outerName) = Name(outer);
        return (space, $"{outerName}.{name}");
    }
}
