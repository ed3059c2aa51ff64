using System.Globalization;
using InitTx.PlannerCheck.Running;
using InitTx.PlannerCheck.Scenarios;

// InitTx.PlannerCheck: plans by the engine's planner and by the written rules, compared.
// The environment says how much: INITX_PLANNER=nightly for all of it in pieces (INITX_PIECE=N/M),
// else a share of the graphs of three units; INITX_SEED repeats a run.
string seedText = Environment.GetEnvironmentVariable("INITX_SEED") ?? "";
ulong seed = ulong.TryParse(seedText, CultureInfo.InvariantCulture, out ulong given)
    ? given
    : (ulong)DateTime.UtcNow.Ticks;
bool isNightly = Environment.GetEnvironmentVariable("INITX_PLANNER") == "nightly";
(int piece, int pieces) = ReadPiece(Environment.GetEnvironmentVariable("INITX_PIECE"));
int threads = Environment.ProcessorCount;
int share = isNightly ? pieces : Number("INITX_PLANNER_SHARE", 1_000);
int samples = isNightly ? 1_000_000 / pieces : 40_000;
int first = isNightly ? piece : (int)(seed % (ulong)share);
Console.WriteLine(FormattableString.Invariant(
    $"seed {seed}: one in {share} graphs of three units, from number {first}"));

int passed = 0, failed = 0;
if (!isNightly || piece == 0)
{
    Count(Campaign.Report("one and two units, all of them", Pairs.Blocks, threads,
        (worker, block) => Pairs.Run(worker, block, seed)));
}

Count(Campaign.Report(
    FormattableString.Invariant($"three units, every {share}th graph"),
    (Triples.Blocks - first + share - 1) / share, threads, (worker, block) =>
    {
        int graph = first + (block * share);
        if (!Triples.IsTwin(graph))
            Triples.Run(worker, new Scenario(), graph, seed);
    }));
Count(Campaign.Report("four and five units, all kinds, seeded", samples, threads,
    (worker, block) => Samples.Run(worker, block + (piece * samples), seed)));

Tally planted = Campaign.Run(200, threads, plantsFault: true,
    (worker, block) => Samples.Run(worker, block, seed));
Console.WriteLine(planted.Differences > 0
    ? "the planted fault was found"
    : "the planted fault was NOT found: this run proves nothing");
Count(planted.Differences > 0);

Console.WriteLine($"{passed} passed, {failed} failed, 0 skipped");
return failed == 0 ? 0 : 1;

void Count(bool isGood)
{
    if (isGood)
        passed++;
    else
        failed++;
}

static (int Piece, int Pieces) ReadPiece(string? text)
{
    string[] parts = (text ?? "").Split('/');
    return parts.Length == 2
        && int.TryParse(parts[0], CultureInfo.InvariantCulture, out int piece)
        && int.TryParse(parts[1], CultureInfo.InvariantCulture, out int pieces)
        && piece >= 0 && pieces > piece
        ? (piece, pieces)
        : (0, 1);
}

static int Number(string variable, int otherwise) =>
    int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture,
        out int number) && number > 0
        ? number
        : otherwise;
