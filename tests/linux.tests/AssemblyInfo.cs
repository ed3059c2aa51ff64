using System.Runtime.CompilerServices;

[assembly: DisableRuntimeMarshalling]

// Children and signals belong to the whole process: one test at a time.
[assembly: NUnit.Framework.NonParallelizable]
