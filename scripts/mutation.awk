# Reads the tree that stryker prints, a file with its changes below it, and sums it up: the score of
# each file, each change that no test noticed, and the closing line of a test layer.

/\.cs \[[0-9]+\/[0-9]+ / {
    file = $0
    sub(/ \[.*/, "", file)
    sub(/^[^A-Za-z]*/, "", file)
    score = $0
    sub(/^.*\.cs \[/, "", score)
    split(score, part, /[\/ ]/)
    scores[++files] = file ": " part[1] " of " part[2]
    killed += part[1]
    all += part[2]
}

/\[(Survived|NoCoverage)\]/ {
    text = $0
    sub(/^.*\[/, "[", text)
    fate = text ~ /^\[Survived/ ? "survived" : "no test runs it"
    sub(/^\[[A-Za-z]*\] /, "", text)
    left[++survivors] = file ": " text " (" fate ")"
    open = 1
    next
}

/\[(Killed|Timeout|Ignored|CompileError)\]/ { open = 0 }

open && /\[-\]/ { sub(/^.*\[-\] */, ""); left[survivors] = left[survivors] ": `" $0 "`" }
open && /\[\+\]/ { sub(/^.*\[\+\] */, ""); left[survivors] = left[survivors] " as `" $0 "`"; open = 0 }

END {
    for (i = 1; i <= files; i++) print "figure: " scores[i] " changes noticed"
    for (i = 1; i <= survivors; i++) print "figure: " left[i]
    if (all > 0)
        printf "figure: in all %d of %d, %.1f %%\n", killed, all, 100 * killed / all
    print (all > 0 ? 1 : 0) " passed, " (all > 0 ? 0 : 1) " failed, 0 skipped"
    exit all == 0
}
