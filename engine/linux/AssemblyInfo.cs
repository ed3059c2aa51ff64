using System.Runtime.CompilerServices;

// Every P/Invoke is blittable: what the C side sees is what is declared, with no marshalling code.
[assembly: DisableRuntimeMarshalling]
[assembly: InternalsVisibleTo("InitTx.Linux.Tests")]
[assembly: InternalsVisibleTo("InitTx.Fuzz")]
