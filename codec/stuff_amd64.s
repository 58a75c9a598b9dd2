#include "textflag.h"

// func stuffWide(dst, src *byte, n int, esc, flag, escPair, flagPair uint16) (wrote int)
//
// Z0 is 32 bytes of src as words, AX which of them are escaped, and K4 what of the 64 bytes is written: every lower one, and the upper
// ones of those. Nothing is written behind them: what lies there may be the caller's. In the tail R11 is which bytes are there.
TEXT ·stuffWide(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), R10
	VPBROADCASTW esc+24(FP), Z1
	VPBROADCASTW flag+26(FP), Z2
	VPBROADCASTW escPair+28(FP), Z3
	VPBROADCASTW flagPair+30(FP), Z4
	MOVQ $0x5555555555555555, R8
	MOVQ $0xaaaaaaaaaaaaaaaa, R9
	MOVQ $-1, R12
	SUBQ $32, R10
	JLT  tail

block:
	VPMOVZXBW (SI), Z0
	VPCMPEQW Z1, Z0, K1
	VPCMPEQW Z2, Z0, K2
	VMOVDQU16 Z3, K1, Z0
	VMOVDQU16 Z4, K2, Z0
	KORD K1, K2, K3
	KMOVD K3, AX
	PDEPQ R9, AX, BX
	ORQ R8, BX
	KMOVQ BX, K4
	VPCOMPRESSB Z0, K4, Z5
	POPCNTL AX, CX
	ADDQ $32, CX
	BZHIQ CX, R12, R11
	KMOVQ R11, K5
	VMOVDQU8 Z5, K5, (DI)
	ADDQ CX, DI
	ADDQ $32, SI
	SUBQ $32, R10
	JGE block

tail: // the last 1 to 31 bytes
	ADDQ $32, R10
	JEQ done
	BZHIQ R10, R12, R11
	KMOVQ R11, K5
	VMOVDQU8.Z (SI), K5, Z0
	VPMOVZXBW Y0, Z0
	VPCMPEQW Z1, Z0, K5, K1
	VPCMPEQW Z2, Z0, K5, K2
	VMOVDQU16 Z3, K1, Z0
	VMOVDQU16 Z4, K2, Z0
	KORD K1, K2, K3
	KMOVD K3, AX
	PDEPQ R9, AX, BX
	PDEPQ R8, R11, R11
	ORQ R11, BX
	KMOVQ BX, K4
	VPCOMPRESSB Z0, K4, Z5
	POPCNTL AX, AX
	ADDQ AX, R10
	BZHIQ R10, R12, R11
	KMOVQ R11, K5
	VMOVDQU8 Z5, K5, (DI)
	ADDQ R10, DI

done:
	VZEROUPPER
	SUBQ dst+0(FP), DI
	MOVQ DI, wrote+32(FP)
	RET
