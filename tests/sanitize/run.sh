#!/bin/sh
# Build the driver in the given way, run it, and fail on any report: run.sh address|thread|valgrind [compiler]
set -eu
way=$1
cc=${2:-cc}
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
is_clang() { echo | "$cc" -dM -E - | grep -q __clang__; }
build() { "$cc" -std=gnu11 -g1 -gdwarf-4 -ffp-contract=off -Wall -Wextra "$@" "$here/driver.c" -o "$folder/driver" -lm -pthread; }
case $way in
address) # AddressSanitizer and UndefinedBehaviorSanitizer, OpenMP where there is one
    flags="-O1 -fsanitize=address,undefined -fno-sanitize-recover=all"
    build $flags -fopenmp 2>/dev/null || build $flags
    OMP_WAIT_POLICY=passive CASES=12 ASAN_OPTIONS=detect_leaks=0 "$folder/driver" ;;
thread) # ThreadSanitizer: two nets at once, each with a team of up to 3 threads
    if ! is_clang; then # it does not see into gcc's OpenMP, so gomp.c stands in for that
        build -O1 -fsanitize=thread -fopenmp "$here/gomp.c" -Wl,--as-needed
    else # Archer, which comes with clang's OpenMP, tells it what that does
        archer=$("$cc" -print-resource-dir)/../../libarcher.so
        if [ -e "$archer" ] && build -O1 -fsanitize=thread -fopenmp; then
            export OMP_TOOL_LIBRARIES="$archer" TSAN_OPTIONS=ignore_noninstrumented_modules=1
        else
            echo "without threads in a team: $cc has no OpenMP with libarcher.so"
            build -O1 -fsanitize=thread -Wno-unknown-pragmas
        fi
    fi
    CASES=8 "$folder/driver" two ;;
valgrind) # which does not know AVX-512: it tells the program so; then helgrind, two nets at once
    build -O1
    CASES=12 valgrind -q --error-exitcode=9 "$folder/driver"
    CASES=4 valgrind -q --tool=helgrind --error-exitcode=9 "$folder/driver" two ;;
esac
