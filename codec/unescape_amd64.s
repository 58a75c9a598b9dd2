#include "textflag.h"

// func unescapeSSE2(dst, src *byte, n int, esc uint64, plain *[256]int16) (read, wrote int)
//
// What was written is never more than what was read, so 32 bytes at DI fit wherever 32 bytes at SI are there.
TEXT ·unescapeSSE2(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ esc+24(FP), DX
	MOVQ plain+32(FP), R8
	MOVQ DX, X1
	PUNPCKLQDQ X1, X1
	LEAQ -32(SI)(CX*1), R11 // the last place for two blocks
	LEAQ -1(SI)(CX*1), R12  // the last byte

blocks:
	CMPQ SI, R11
	JHI  done
	MOVOU (SI), X2
	MOVOU 16(SI), X3
	MOVOU X2, (DI)
	MOVOU X3, 16(DI)
	PCMPEQB X1, X2
	PCMPEQB X1, X3
	PMOVMSKB X2, AX
	PMOVMSKB X3, BX
	SHLL $16, BX
	ORL  BX, AX
	JNZ  found
	ADDQ $32, SI
	ADDQ $32, DI
	JMP  blocks

found:
	BSFL AX, AX
	ADDQ AX, SI
	ADDQ AX, DI

escaped: // SI is at an esc
	CMPQ SI, R12
	JAE  done
	MOVBLZX 1(SI), AX
	MOVWLSX (R8)(AX*2), AX
	TESTL AX, AX
	JLT  done
	MOVB AX, (DI)
	ADDQ $1, DI
	ADDQ $2, SI
	CMPQ SI, R11
	JHI  done
	CMPB (SI), DX
	JEQ  escaped
	JMP  blocks

done:
	SUBQ src+8(FP), SI
	SUBQ dst+0(FP), DI
	MOVQ SI, read+40(FP)
	MOVQ DI, wrote+48(FP)
	RET

// func unescapeWide(dst, src *byte, n int, esc, escCode, flag, flagCode uint8) (read, wrote int)
//
// Z0 is a block of src, K1 what of it is no esc, AX what is one, and R9 whether the byte before it is. So BX and K2 are the codes, and
// K3 those of them that stand for the flag.
TEXT ·unescapeWide(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), R10
	VPBROADCASTB esc+24(FP), Z1
	VPBROADCASTB escCode+25(FP), Z2
	VPBROADCASTB flag+26(FP), Z3
	VPBROADCASTB flagCode+27(FP), Z4
	XORL R9, R9
	SUBQ $64, R10
	JLT  tail

block:
	VMOVDQU8 (SI), Z0
	VPCMPB $4, Z1, Z0, K1
	KMOVQ K1, AX
	NOTQ AX
	LEAQ (R9)(AX*2), BX
	KMOVQ BX, K2
	VPCMPB $4, Z2, Z0, K2, K3
	VPCMPB $4, Z4, Z0, K3, K4
	KORTESTQ K4, K4 // a code of nothing
	JNE  done
	VMOVDQU8 Z1, K2, Z0
	VMOVDQU8 Z3, K3, Z0
	VPCOMPRESSB Z0, K1, Z5
	VMOVDQU8 Z5, (DI)
	POPCNTQ AX, CX
	ADDQ $64, SI
	ADDQ $64, DI
	SUBQ CX, DI
	SHRQ $63, AX
	MOVQ AX, R9
	SUBQ $64, R10
	JGE  block

tail: // the last 1 to 63 bytes, and K5 for them
	ADDQ $64, R10
	JEQ  done
	MOVQ R10, CX
	MOVQ $-1, R11
	SHLQ CX, R11
	NOTQ R11
	KMOVQ R11, K5
	VMOVDQU8.Z (SI), K5, Z0
	VPCMPB $4, Z1, Z0, K5, K1
	KMOVQ K1, AX
	XORQ R11, AX
	LEAQ (R9)(AX*2), BX
	ANDQ R11, BX
	KMOVQ BX, K2
	VPCMPB $4, Z2, Z0, K2, K3
	VPCMPB $4, Z4, Z0, K3, K4
	KORTESTQ K4, K4
	JNE  done
	VMOVDQU8 Z1, K2, Z0
	VMOVDQU8 Z3, K3, Z0
	VPCOMPRESSB Z0, K1, Z5
	ADDQ R10, SI
	LEAQ -1(R10), CX
	MOVQ AX, R9
	SHRQ CX, R9
	POPCNTQ AX, AX
	SUBQ AX, R10
	MOVQ R10, CX
	MOVQ $-1, R11
	SHLQ CX, R11
	NOTQ R11
	KMOVQ R11, K5
	VMOVDQU8 Z5, K5, (DI)
	ADDQ R10, DI

done:
	VZEROUPPER
	SUBQ R9, SI // an esc whose code was not taken
	SUBQ src+8(FP), SI
	SUBQ dst+0(FP), DI
	MOVQ SI, read+32(FP)
	MOVQ DI, wrote+40(FP)
	RET
