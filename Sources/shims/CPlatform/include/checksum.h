#ifndef CPLATFORM_CHECKSUM_H
#define CPLATFORM_CHECKSUM_H
#include <stddef.h>
#include <stdint.h>
/// CRC-32C (Castagnoli, reflected 0x82F63B78) of `count` bytes, continued from `seed`.
/// `zb_crc32c(0, "123456789", 9) == 0xE3069283`; seed a run with the result of the run before to chain them.
/// Uses the SSE4.2 or ARMv8 instruction where the processor has it, a table elsewhere.
uint32_t zb_crc32c(uint32_t seed, const void *bytes, size_t count);
/// The table path, for tests that compare both.
uint32_t zb_crc32c_portable(uint32_t seed, const void *bytes, size_t count);
#endif
