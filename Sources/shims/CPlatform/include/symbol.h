#ifndef CPLATFORM_SYMBOL_H
#define CPLATFORM_SYMBOL_H
#include <stddef.h>
#include <stdint.h>
/// Of the language's runtime: writes to `buffer` how Swift spells the symbol of `length` bytes, cut to `*size` bytes
/// with the zero at its end. NULL if it is no symbol of Swift's. `flags` is 0.
char *swift_demangle(const char *symbol, size_t length, char *buffer, size_t *size, uint32_t flags);
#endif
