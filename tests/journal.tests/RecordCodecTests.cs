using InitTx.Tests;
using FsCheck;
using FsCheck.Fluent;
using InitTx.Core.Ports;
using InitTx.Journal.Degraded;
using InitTx.Journal.Tests.Support;

namespace InitTx.Journal.Tests;

public sealed class RecordCodecTests
{
    [Test]
    public void Any_row_that_fits_comes_back_as_it_was()
    {
        Gen<string?> text = Gen.OneOf(
            Gen.Constant((string?)null),
            Gen.Elements<string?>("", "a", "start-pre", "ż🐧", "a\0b\n"));
        Gen<JournalRecord> rows =
            from seq in Gen.Choose(1, int.MaxValue)
            from kind in Gen.Choose(0, (int)RecordKind.Rejected)
            from cause in Gen.Choose(0, (int)CauseKind.Shutdown)
            from exit in Gen.Choose(0, (int)ExitKind.Dumped)
            from number in ArbMap.Default.GeneratorFor<long>()
            from words in text.ArrayOf(6)
            select new JournalRecord
            {
                Seq = seq,
                Time = new(number, ~number),
                Kind = (RecordKind)kind,
                Cause = (CauseKind)cause,
                CauseSeq = number,
                Transaction = ~number,
                Job = number,
                Pid = (int)number,
                ExitKind = (ExitKind)exit,
                ExitCode = (int)~number,
                Uid = -1,
                Unit = words[0],
                From = words[1],
                To = words[2],
                Result = words[3],
                Comm = words[4],
                Text = words[5],
            };
        Prop.ForAll(rows.ToArbitrary(), row =>
        {
            byte[] slot = new byte[RecordCodec.MinSlotSize];
            int used = RecordCodec.Encode(row, slot);
            return RecordCodec.TryDecode(slot, out JournalRecord back) && back == row
                && RecordCodec.TryDecode(slot.AsSpan(0, used), out _);
        }).Check(Properties.Config);
    }

    [Test]
    public void Any_changed_byte_and_any_cut_is_refused()
    {
        byte[] slot = new byte[512];
        int used = RecordCodec.Encode(StoreFixture.Row(7, text: "some text"), slot);
        for (int i = 0; i < used; i++)
        {
            slot[i] ^= 0x10;
            Assert.That(RecordCodec.TryDecode(slot, out _), Is.False, $"byte {i}");
            slot[i] ^= 0x10;
            Assert.That(RecordCodec.TryDecode(slot.AsSpan(0, i), out _), Is.False, $"cut at {i}");
        }

        Assert.That(RecordCodec.TryDecode(slot, out _), Is.True);
    }

    [Test]
    public void Hostile_bytes_with_a_valid_checksum_never_throw()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), tail =>
        {
            byte[] slot = new byte[512];
            RecordCodec.Encode(StoreFixture.Row(7, text: "some text"), slot);
            for (int i = 0; i < tail.Length && 7 + (i * 5) < slot.Length; i++)
                slot[7 + (i * 5)] = tail[i];
            int length = BitConverter.ToUInt16(slot, 4);
            BitConverter.TryWriteBytes(
                slot, length is > 4 and <= 512 ? Crc32C.Of(slot.AsSpan(4, length - 4)) : 0u);
            RecordCodec.TryDecode(slot, out _);
        }).Check(Properties.Config);
    }

    [TestCase(256)]
    [TestCase(512)]
    public void A_row_that_does_not_fit_is_cut_but_keeps_its_unit(int size)
    {
        string unit = new string('u', 120) + ".service";
        JournalRecord row = StoreFixture.Row(9, unit, new string('ż', 2000)) with
        {
            Result = new string('r', 300),
            Comm = new string('c', 300),
        };
        byte[] slot = new byte[size];
        Assert.That(RecordCodec.Encode(row, slot), Is.LessThanOrEqualTo(size));
        Assert.That(RecordCodec.TryDecode(slot, out JournalRecord back), Is.True);
        Assert.That(back.Unit, Is.EqualTo(unit));
        Assert.That((back.From, back.To), Is.EqualTo((row.From, row.To)));
        Assert.That(back.Result, Does.EndWith("…"));
        Assert.That(slot[7] & 1, Is.EqualTo(1), "the cut is marked");
    }

    [TestCase("", 0u)]
    [TestCase("123456789", 0xE3069283u)]
    public void The_checksum_is_CRC32C(string text, uint expected) =>
        Assert.That(Crc32C.Of(System.Text.Encoding.ASCII.GetBytes(text)), Is.EqualTo(expected));
}
