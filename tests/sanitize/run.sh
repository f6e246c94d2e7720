#!/bin/sh
# Build the driver in the given way, run it, and fail on any report: run.sh address|thread|valgrind|helgrind [compiler]
set -eu
way=$1
cc=${2:-cc}
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
build() { "$cc" -std=gnu11 -g -ffp-contract=off -Wall -Wextra "$@" "$here/driver.c" -o "$folder/driver" -lm -pthread; }
case $way in
address) # AddressSanitizer and UndefinedBehaviorSanitizer, OpenMP where there is one
    flags="-O1 -fsanitize=address,undefined -fno-sanitize-recover=all"
    build $flags -fopenmp 2>/dev/null || build $flags
    CASES=12 ASAN_OPTIONS=detect_leaks=0 "$folder/driver" ;;
thread) # ThreadSanitizer, two nets at once (OpenMP's own runtime is not instrumented, so without it)
    build -O1 -fsanitize=thread -Wno-unknown-pragmas
    CASES=20 "$folder/driver" two ;;
valgrind) # which does not know AVX-512: it tells the program so
    build -O1
    CASES=12 valgrind -q --error-exitcode=9 "$folder/driver" ;;
helgrind)
    build -O1
    CASES=4 valgrind -q --tool=helgrind --error-exitcode=9 "$folder/driver" two ;;
esac
