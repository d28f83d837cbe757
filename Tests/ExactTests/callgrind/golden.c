// What golden.out was made of, with valgrind 3.19 and clang 21:
//   clang -O1 -fno-inline -fno-optimize-sibling-calls -I Sources/shims/CPlatform/include -o golden golden.c
//   valgrind --tool=callgrind --quiet --instr-atstart=no --collect-atstart=no --callgrind-out-file=counts ./golden
// It is the second dump. It has functions of the program and of libc, calls whose cost is not the caller's own, recursion,
// places that are relative, and a call that began before callgrind did, whose cost is negative.
#include "callgrind.h"
#include <stdio.h>
#include <string.h>
static volatile char a[4096];
static char b[8192];
__attribute__((noinline)) static int leaf(int n) { int s = 0; for (int i = 0; i < n; i++) s += a[i]; return s; }
__attribute__((noinline)) static int twice(int n) { return leaf(n) + leaf(2 * n); }
__attribute__((noinline)) static int fall(int n) { return n == 0 ? 0 : fall(n - 1) + 1; }
__attribute__((noinline)) static void copied(int n) { memcpy(b, b + n, n); }
__attribute__((noinline)) static int uncounted(int n) { return leaf(n); }
int main(int argc, char **argv) {
    int s = 0;
    for (int i = 0; i < 2; i++) {
        zb_callgrind_begin();
        s += uncounted(1000);
        zb_callgrind_toggle();
        s += twice(100 * (i + 1)) + fall(5);
        copied(argc * 4096);
        zb_callgrind_toggle();
        s += uncounted(1000);
        zb_callgrind_dump(i == 0 ? "first" : "second");
        zb_callgrind_end();
    }
    printf("%d %d %d\n", s, b[77], zb_is_under_valgrind());
    return 0;
}
