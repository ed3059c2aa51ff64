# Reads the tree that stryker prints, a file with its changes below it, and sums it up: the score of
# each file, each change that no test noticed, and the closing line of a test layer.

/\.cs \[[0-9]+\/[0-9]+ / {
    file = $0
    sub(/ \[.*/, "", file)
    sub(/^[^A-Za-z]*/, "", file)
    files[++count] = file
}

/\[(Killed|Timeout)\] / { killed[file]++; allKilled++ }

/\[(Survived|NoCoverage)\]/ {
    text = $0
    sub(/^.*\[/, "[", text)
    fate = text ~ /^\[Survived/ ? "survived" : "no test runs it"
    sub(/^\[[A-Za-z]*\] /, "", text)
    left[++survivors] = file ": " text " (" fate ")"
    missed[file]++
    open = 1
    next
}

/\[(Killed|Timeout|Ignored|CompileError)\]/ { open = 0 }

open && /\[-\]/ { sub(/^.*\[-\] */, ""); left[survivors] = left[survivors] ": `" $0 "`" }
open && /\[\+\]/ { sub(/^.*\[\+\] */, ""); left[survivors] = left[survivors] " as `" $0 "`"; open = 0 }

END {
    for (i = 1; i <= count; i++) {
        tried = killed[files[i]] + missed[files[i]]
        # What another piece tries is in the tree as well, ignored.
        if (tried > 0)
            printf "figure: %s: %d of %d changes noticed, %.1f %%\n", files[i],
                killed[files[i]], tried, 100 * killed[files[i]] / tried
    }
    for (i = 1; i <= survivors; i++) print "figure: " left[i]
    all = allKilled + survivors
    if (all > 0)
        printf "figure: in all %d of %d, %.1f %%\n", allKilled, all, 100 * allKilled / all
    print (all > 0 ? 1 : 0) " passed, " (all > 0 ? 0 : 1) " failed, 0 skipped"
    exit all == 0
}
