# Draws the table of one run as a bar for each contender, with the range over the rounds.
#   gnuplot -e "table='commit.txt'; chart='commit.svg'" benchmarks/chart.gp
heading = system(sprintf("sed -n '1s/^# //p' '%s'", table))
place = system(sprintf("sed -n '2s/^# //p' '%s'", table))
set datafile missing "-"
set datafile columnheaders
set term unknown
stats table using (column("charted")) name "bar" nooutput
stats table using (column("most")) name "most" nooutput
rows = int(bar_records)

# Where the longest bar is more than 40 times the shortest, a linear scale hides the shortest.
logarithmic = most_max > 40 * bar_min
least = logarithmic ? 10 ** floor(log10(bar_min) - 0.3) : 0
right = logarithmic ? most_max * (most_max / least) ** 0.55 : most_max * 1.45
if (logarithmic) set logscale x
number(x) = x >= 1e6 ? sprintf("%.3g M", x / 1e6) : x >= 1e4 ? sprintf("%.3g k", x / 1e3) : sprintf("%.3g", x)

set terminal svg noenhanced size 760, 96 + 34 * rows font "sans-serif,13" background "#ffffff"
set output chart
set label 1 heading at screen 0.016, screen 1 offset 0, -1.1 font ",16"
set label 2 sprintf("%s; %s. Bar: median of the rounds. Line: least and most of a round.", place, \
                    logarithmic ? "logarithmic scale" : "linear scale from 0") \
    at screen 0.016, screen 1 offset 0, -2.5 font ",11"
set lmargin at screen 0.24
set rmargin at screen 0.98
set tmargin 4
set bmargin 1
unset key
unset border
unset xtics
set ytics scale 0
set xrange [(logarithmic ? least : 0):right]
set yrange [rows - 0.4:-0.6]
set style fill solid 1 noborder
plot table using (least):0:(least):"charted":($0 - 0.33):($0 + 0.33):($0 == 0 ? 0x2f81f7 : 0xa8b1bb):ytic(stringcolumn("contender")) \
         with boxxyerror lc rgb variable, \
     table using "charted":0:"least":"most" with xerrorbars pt 0 lw 1.5 lc rgb "#24292f", \
     table using "most":0:(sprintf("%s (%s to %s)", number(column("charted")), number(column("least")), number(column("most")))) \
         with labels left offset 1, 0 tc rgb "#24292f"
