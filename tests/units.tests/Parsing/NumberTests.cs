using InitTx.Units.Parsing;

namespace InitTx.Units.Tests.Parsing;

/// <summary>Numbers, sizes and spans at the ends of what they can say.</summary>
public sealed class NumberTests
{
    [TestCase("0", 0UL)]
    [TestCase("+7", 7UL)]
    [TestCase(" \t7", 7UL)]
    [TestCase("18446744073709551615", ulong.MaxValue)]
    [TestCase("18446744073709551616", null)]
    [TestCase("0xffffffffffffffff", ulong.MaxValue)]
    [TestCase("0x10000000000000000", null)]
    [TestCase("0xAb", 0xabUL)]
    [TestCase("0XaB", 0xabUL)]
    [TestCase("0b101", 5UL)]
    [TestCase("0B102", null)]
    [TestCase("0o17", 15UL)]
    [TestCase("0O17", 15UL)]
    [TestCase("017", 15UL)]
    [TestCase("018", null)]
    [TestCase("0x", null)]
    [TestCase("0xg", null)]
    [TestCase("a", null)]
    [TestCase("1a", null)]
    [TestCase("7 ", null)]
    [TestCase("-7", null)]
    [TestCase("", null)]
    public void An_unsigned_number_has_a_base(string text, ulong? value) =>
        Assert.That(Numbers.TryUnsigned(text, out ulong found) ? found : (ulong?)null,
            Is.EqualTo(value));

    [TestCase("-20", -20L)]
    [TestCase("19", 19L)]
    [TestCase("-21", null)]
    [TestCase("20", null)]
    [TestCase("-0x14", -20L)]
    [TestCase("--1", null)]
    public void A_signed_number_has_bounds_that_belong_to_it(string text, long? value) =>
        Assert.That(Numbers.TrySigned(text, -20, 19, out long found) ? found : (long?)null,
            Is.EqualTo(value));

    [TestCase("9223372036854775807", long.MaxValue)]
    [TestCase("-9223372036854775807", -long.MaxValue)]
    [TestCase("9223372036854775808", null)]
    public void A_signed_number_fits_64_bits(string text, long? value) =>
        Assert.That(Numbers.TrySigned(text, long.MinValue, long.MaxValue, out long found) ? found
            : (long?)null, Is.EqualTo(value));

    [TestCase("0", 0)]
    [TestCase("7777", 4095)]
    [TestCase("10000", null)]
    [TestCase("000000000755", 493)]
    [TestCase("0000000000755", null)]
    [TestCase("8", null)]
    [TestCase("", null)]
    public void A_mode_is_octal_and_short(string text, int? mode) =>
        Assert.That(Numbers.Mode(text), Is.EqualTo(mode));

    [TestCase("18446744073709551615", ulong.MaxValue)]
    [TestCase("15E 1023P 1023T 1023G 1023M 1023K 1023B", ulong.MaxValue)]
    [TestCase("15E 1024P", null)]
    [TestCase("15E 1023P 1024T", null)]
    [TestCase("15E", 15UL << 60)]
    [TestCase("17179869183G", 17179869183UL << 30)]
    [TestCase("17179869184G", null)]
    [TestCase("17179869183.5G", null)]
    [TestCase("17179869182.5G", (17179869182UL << 30) + (1UL << 29))]
    [TestCase("1.25K", 1280UL)]
    [TestCase("1.125K", 1152UL)]
    [TestCase("0.5K", 512UL)]
    public void A_size_fits_64_bits(string text, ulong? bytes) =>
        Assert.That(ByteSizeParser.TryParse(text, out ulong found) ? found : (ulong?)null,
            Is.EqualTo(bytes));

    [TestCase("1us", 1L)]
    [TestCase("1ms", 1_000L)]
    [TestCase("1s", 1_000_000L)]
    [TestCase("1min", 60_000_000L)]
    [TestCase("1h", 3_600_000_000L)]
    [TestCase("1d", 86_400_000_000L)]
    [TestCase("1w", 604_800_000_000L)]
    [TestCase("1week", 604_800_000_000L)]
    [TestCase("1weeks", 604_800_000_000L)]
    [TestCase("1M", 2_629_800_000_000L)]
    [TestCase("1month", 2_629_800_000_000L)]
    [TestCase("1months", 2_629_800_000_000L)]
    [TestCase("1y", 31_557_600_000_000L)]
    [TestCase("1year", 31_557_600_000_000L)]
    [TestCase("1years", 31_557_600_000_000L)]
    [TestCase("400000y", null)]
    [TestCase("99999999999999999999", null)]
    public void A_span_has_systemd_s_units_and_an_end(string text, long? microseconds) =>
        Assert.That(DurationParser.TryParse(text, out long found) ? found : (long?)null,
            Is.EqualTo(microseconds));

    [TestCase("1", true)]
    [TestCase("yes", true)]
    [TestCase("Y", true)]
    [TestCase("t", true)]
    [TestCase("TRUE", true)]
    [TestCase("on", true)]
    [TestCase("0", false)]
    [TestCase("no", false)]
    [TestCase("n", false)]
    [TestCase("f", false)]
    [TestCase("False", false)]
    [TestCase("off", false)]
    [TestCase("", null)]
    [TestCase("2", null)]
    [TestCase("ye", null)]
    public void A_boolean_has_six_words_for_each_side(string text, bool? value) =>
        Assert.That(BooleanParser.TryParse(text, out bool found) ? found : (bool?)null,
            Is.EqualTo(value));
}
