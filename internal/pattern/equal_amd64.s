#include "textflag.h"

// func equalWide(a, b *byte, n int) bool
//
// n is at least 256. The last 256 bytes are looked at whole, and so part of them for the second time.
TEXT ·equalWide(SB), NOSPLIT, $0-25
	MOVQ a+0(FP), SI
	MOVQ b+8(FP), DI
	MOVQ n+16(FP), CX
	SUBQ $256, CX
	LEAQ (SI)(CX*1), R8 // the last place in a
	LEAQ (DI)(CX*1), R9 // and in b

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
	ADDQ $256, SI
	ADDQ $256, DI
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
