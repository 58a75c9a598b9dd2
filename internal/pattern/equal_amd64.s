#include "textflag.h"

// func equalWide(a, b *byte, n int) bool
//
// n is at least 512. The first 256 bytes are looked at whole, and then from the first line of the
// cache that begins within them: where b lies as a does, no load crosses a line from there on. The
// last 256 are looked at whole, too.
TEXT ·equalWide(SB), NOSPLIT, $0-25
	MOVQ a+0(FP), SI
	MOVQ b+8(FP), DI
	MOVQ n+16(FP), CX
	SUBQ $256, CX
	LEAQ (SI)(CX*1), R8 // the last place in a
	LEAQ (DI)(CX*1), R9 // and in b
	MOVQ SI, DX
	ANDQ $63, DX
	NEGQ DX
	ADDQ $256, DX // from the first place to the second

block:
	VMOVDQU64 (SI), Z0
	VMOVDQU64 64(SI), Z1
	VMOVDQU64 128(SI), Z2
	VMOVDQU64 192(SI), Z3
	VPXORQ (DI), Z0, Z0
	VPXORQ 64(DI), Z1, Z1
	VPXORQ 128(DI), Z2, Z2
	VPXORQ 192(DI), Z3, Z3
	VPORQ Z0, Z1, Z0
	VPORQ Z2, Z3, Z2
	VPORQ Z0, Z2, Z0
	VPTESTMD Z0, Z0, K1
	KORTESTW K1, K1
	JNE  differ
	CMPQ SI, R8
	JEQ  same
	ADDQ DX, SI
	ADDQ DX, DI
	MOVQ $256, DX
	CMPQ SI, R8
	CMOVQHI R8, SI
	CMOVQHI R9, DI
	JMP  block

same:
	VZEROUPPER
	MOVB $1, ret+24(FP)
	RET

differ:
	VZEROUPPER
	MOVB $0, ret+24(FP)
	RET
