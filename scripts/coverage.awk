# Sums up coverage of units/ from the lcov files of several runs of one build.
# -v mode=figures: lines for a person; mode=report: a page in Markdown. -v least=N: branches, in %.
# The last line is that of a test layer.

/^SF:/ { file = $0; sub(/^SF:/, "", file); sub(/^.*\/units\//, "units/", file) }

/^DA:/ {
    split(substr($0, 4), f, ",")
    lines[file ":" f[1]] += f[2]
}

/^BRDA:/ {
    split(substr($0, 6), f, ",")
    branches[file SUBSEP f[1] SUBSEP f[2] SUBSEP f[3]] += f[4] == "-" ? 0 : f[4]
}

# The folder is the namespace.
function space(path) {
    sub(/\/[^\/]*$/, "", path)
    gsub(/\//, ".", path)
    sub(/^units/, "InitTx.Units", path)
    return path
}

function percent(part, all) { return all == 0 ? "-" : sprintf("%.1f", 100 * part / all) }

END {
    for (key in lines) {
        name = space(substr(key, 1, index(key, ":") - 1))
        names[name] = 1
        lineAll[name]++; allLines++
        if (lines[key] > 0) { lineHit[name]++; hitLines++ }
    }
    for (key in branches) {
        split(key, f, SUBSEP)
        name = space(f[1])
        branchAll[name]++; allBranches++
        if (branches[key] > 0) { branchHit[name]++; hitBranches++ }
        else missing[f[1]] = missing[f[1]] " " f[2]
    }
    good = allBranches > 0 && 100 * hitBranches >= least * allBranches
    row = mode == "report" ? "| %s | %s | %s | %s | %s |\n" : "figure: %-34s %6s %7s %6s %7s\n"
    printf row, "namespace", "lines", "%", "branches", "%"
    if (mode == "report") print "|---|---|---|---|---|"
    count = sorted(names, order)
    for (i = 1; i <= count; i++) {
        name = order[i]
        printf row, name, lineAll[name] + 0, percent(lineHit[name], lineAll[name]),
            branchAll[name] + 0, percent(branchHit[name], branchAll[name])
    }
    printf row, "all of units/", allLines, percent(hitLines, allLines), allBranches,
        percent(hitBranches, allBranches)
    if (mode == "report") {
        print "\n## Branches that nothing runs\n"
        print "File and lines; a line stands once for each of its branches.\n"
        count = sorted(missing, order)
        for (i = 1; i <= count; i++) {
            amount = split(missing[order[i]], at, " ")
            print "- " order[i] ": " ascending(at, amount)
        }
        exit 0
    }
    if (!good) print "at least " least " % of the branches were promised"
    print (good ? 1 : 0) " passed, " (good ? 0 : 1) " failed, 0 skipped"
    exit !good
}

function sorted(set, into,    key, n, i, j, swap) {
    n = 0
    for (key in set) into[++n] = key
    for (i = 2; i <= n; i++)
        for (j = i; j > 1 && into[j - 1] > into[j]; j--) {
            swap = into[j]; into[j] = into[j - 1]; into[j - 1] = swap
        }
    return n
}

function ascending(at, n,    i, j, swap, text) {
    for (i = 2; i <= n; i++)
        for (j = i; j > 1 && at[j - 1] + 0 > at[j] + 0; j--) {
            swap = at[j]; at[j] = at[j - 1]; at[j - 1] = swap
        }
    for (i = 1; i <= n; i++) text = text (i == 1 ? "" : ", ") at[i]
    return text
}
