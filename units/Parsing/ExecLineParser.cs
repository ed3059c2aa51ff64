using InitTx.Units.Model;

namespace InitTx.Units.Parsing;

/// <summary>A fault in a value, at an offset of it.</summary>
/// <param name="Offset">Offset of the first character in question.</param>
/// <param name="Message">What is wrong and what to write instead.</param>
/// <param name="IsFatal">True when the unit must not start.</param>
public readonly record struct ValueFault(int Offset, string Message, bool IsFatal);

/// <summary>
/// Command lines of systemd.service(5), "Command lines": prefixes, quotes, escapes, specifiers and
/// <c>;</c> between commands. Variables stay as written, see <see cref="CommandExpander"/>.
/// </summary>
public static class ExecLineParser
{
    /// <summary>Words that one command may have.</summary>
    public const int MaxWords = CommandExpander.MaxWords;

    /// <summary>Parses one line, which may hold several commands.</summary>
    /// <param name="value">The value, not empty (an empty one resets the list).</param>
    /// <param name="specifiers">Replaces <c>%x</c> in each word after it was split off.</param>
    /// <param name="locate">File, line and column of an offset of the value.</param>
    /// <param name="commands">Receives the commands that are good.</param>
    /// <param name="faults">Receives what is wrong.</param>
    /// <returns>False when a fault forbids the unit to start.</returns>
    public static bool Parse(
        string value, SpecifierExpander specifiers, Func<int, SourceLocation> locate,
        List<ExecCommand> commands, List<ValueFault> faults) =>
        new Run(value, specifiers, locate, commands, faults).Parse();

    private ref struct Run(
        string value, SpecifierExpander specifiers, Func<int, SourceLocation> locate,
        List<ExecCommand> commands, List<ValueFault> faults)
    {
        private WordSplitter _words = new(value, WordRules.Unquote | WordRules.Unescape);
        private ExecCommandFlags _flags;
        private bool _ownArgv0;

        public bool Parse()
        {
            _words.SkipBlanks();
            while (!_words.AtEnd)
            {
                switch (Command())
                {
                    case null:
                        return true;
                    case false:
                        return false;
                    case true:
                        break;
                }
            }

            return true;
        }

        // True: go on after a separator. False: fatal. Null: the line is done or given up.
        private bool? Command()
        {
            WordResult first = _words.Next();
            int start = _words.Start;
            if (first == WordResult.End)
                return null;
            if (first == WordResult.Unbalanced)
            {
                faults.Add(new ValueFault(start, "a quote is not closed, line ignored", false));
                return null;
            }

            string program = _words.Word;
            if (program == ";")
                return true;
            NoteEscape(first, start);
            program = program[TakePrefixes(program)..];
            if (!specifiers.TryExpand(program, out string path, out string error))
                return GiveUp(start, error);
            if (ProgramFault(path) is { } fault)
                return GiveUp(start, fault);
            List<string> arguments = _ownArgv0 ? [] : [path];
            bool? more = Arguments(arguments);
            if (more == false)
                return (_flags & ExecCommandFlags.IgnoreFailure) != 0 ? null : false;
            if (arguments.Count == 0)
                return GiveUp(start, "'@' wants the program's own name as the next word");
            string simple = SimplifyPath(path);
            commands.Add(new ExecCommand(
                simple == path ? path : simple, arguments.ToArray(), _flags, locate(start)));
            return more;
        }

        private bool? Arguments(List<string> arguments)
        {
            while (!_words.AtEnd)
            {
                ReadOnlySpan<char> rest = _words.Rest;
                if (IsAlone(rest, ";"))
                {
                    _words.Position++;
                    _words.SkipBlanks();
                    return true;
                }

                if (arguments.Count >= MaxWords)
                    return Fault(_words.Position, $"more than {MaxWords} words in one command");
                if (IsAlone(rest, "\\;"))
                {
                    _words.Position += 2;
                    _words.SkipBlanks();
                    arguments.Add(";");
                    continue;
                }

                WordResult result = _words.Next();
                if (result == WordResult.Unbalanced)
                    return Fault(_words.Start, "a quote is not closed");
                NoteEscape(result, _words.Start);
                if (!specifiers.TryExpand(_words.Word, out string word, out string error))
                    return Fault(_words.Start, error);
                arguments.Add(word);
            }

            return null;
        }

        private int TakePrefixes(string word)
        {
            const ExecCommandFlags Privileges = ExecCommandFlags.FullyPrivileged
                | ExecCommandFlags.NoUser | ExecCommandFlags.AmbientMagic;
            _flags = ExecCommandFlags.None;
            _ownArgv0 = false;
            int i = 0;
            for (; i < word.Length; i++)
            {
                char c = word[i];
                ExecCommandFlags privilege = _flags & Privileges;
                if (c == '-' && (_flags & ExecCommandFlags.IgnoreFailure) == 0)
                    _flags |= ExecCommandFlags.IgnoreFailure;
                else if (c == '@' && !_ownArgv0)
                    _ownArgv0 = true;
                else if (c == ':' && (_flags & ExecCommandFlags.NoEnvironmentExpansion) == 0)
                    _flags |= ExecCommandFlags.NoEnvironmentExpansion;
                else if (c == '+' && privilege == 0)
                    _flags |= ExecCommandFlags.FullyPrivileged;
                else if (c == '!' && privilege == 0)
                    _flags |= ExecCommandFlags.NoUser;
                else if (c == '!' && privilege == ExecCommandFlags.NoUser)
                    _flags ^= ExecCommandFlags.NoUser | ExecCommandFlags.AmbientMagic;
                else
                    break;
            }

            return i;
        }

        private bool? GiveUp(int offset, string message)
        {
            Fault(offset, message);
            return (_flags & ExecCommandFlags.IgnoreFailure) != 0 ? null : false;
        }

        private bool Fault(int offset, string message)
        {
            bool ignore = (_flags & ExecCommandFlags.IgnoreFailure) != 0;
            faults.Add(new ValueFault(offset, ignore ? $"{message}; line ignored"
                : message, !ignore));
            return false;
        }

        private readonly void NoteEscape(WordResult result, int offset)
        {
            if (result == WordResult.WordWithUnknownEscape)
                faults.Add(new ValueFault(offset,
                    "unknown escape sequence, kept as written; write \\\\ for a backslash", false));
        }
    }

    private static bool IsAlone(ReadOnlySpan<char> rest, string token) =>
        rest.StartsWith(token, StringComparison.Ordinal)
        && (rest.Length == token.Length || WordSplitter.IsBlank(rest[token.Length]));

    private static string? ProgramFault(string path)
    {
        if (path.Length == 0)
            return "no program in this command";
        foreach (char c in path)
        {
            if (c is < ' ' or '"' or '\'' or '\\' or '\x7f')
                return $"the program's name holds a quote, a backslash or a control character: "
                    + $"'{path}'";
        }

        if (path.EndsWith('/') || (path[0] == '/' && PathText.Collapse(path) == "/"))
            return $"'{path}' is a directory; name the program in it";
        if (path.StartsWith('/'))
            return path.Length > 4095 ? "the program's path is longer than 4095 characters" : null;
        if (path.Contains('/', StringComparison.Ordinal) || path is "." or ".."
            || path.Length > 255)
            return $"'{path}' is neither an absolute path nor a plain program name";
        return null;
    }

    private static string SimplifyPath(string path) =>
        path.StartsWith('/') ? PathText.Collapse(path) : path;
}
