using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace InitTx.Style.Tests;

/// <summary>Finds the metadata tokens in a method body (ECMA-335 III).</summary>
public static class InstructionTokens
{
    private static readonly Dictionary<int, OperandType> Operands = ReadOperands();

    public static IEnumerable<EntityHandle> Of(byte[] body)
    {
        int at = 0;
        while (at < body.Length)
        {
            int code = body[at++];
            if (code == 0xFE)
                code = 0xFE00 | body[at++];
            OperandType operand = Operands[code];
            if (operand is OperandType.InlineField or OperandType.InlineMethod
                or OperandType.InlineTok or OperandType.InlineType)
            {
                yield return MetadataTokens.EntityHandle(BitConverter.ToInt32(body, at));
            }
            at += operand switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI
                    or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(body, at),
                _ => 4,
            };
        }
    }

    private static Dictionary<int, OperandType> ReadOperands()
    {
        Dictionary<int, OperandType> operands = [];
        foreach (System.Reflection.FieldInfo field in typeof(OpCodes).GetFields())
        {
            if (field.GetValue(null) is OpCode code)
                operands[(ushort)code.Value] = code.OperandType;
        }
        return operands;
    }
}
