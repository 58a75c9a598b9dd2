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

// func unescapeWide(dst, src *byte, n int, esc, code uint8, plain uint64) (read, wrote int)
//
// Z0 is a block of src, K1 what of it is no esc and AX how many these are, K2 the codes, and Z4 the farthest that one of them was above
// code. Z4 is looked at every 512 bytes: R12 and R13 are where SI and DI were when all had been good.
TEXT ·unescapeWide(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), R10
	VPBROADCASTB esc+24(FP), Z1
	VPBROADCASTB code+25(FP), Z2
	VPBROADCASTQ plain+32(FP), Z3
	VPXORQ Z4, Z4, Z4
	MOVL $1, AX
	VPBROADCASTB AX, Z7
	XORL R9, R9 // whether the byte before SI is an esc, where that is asked
	LEAQ -64(SI)(R10*1), R11 // the last place for a block
	MOVQ SI, R12
	MOVQ DI, R13
	CMPQ SI, R11
	JGT  tail
	LEAQ 448(SI), R8 // the last block before a look
	CMPQ R8, R11
	CMOVQGT R11, R8
	VMOVDQU8 (SI), Z0
	VPCMPB $4, Z1, Z0, K1
	KMOVQ K1, AX
	MOVQ AX, BX
	NOTQ BX
	ADDQ BX, BX
	KMOVQ BX, K2 // there is no byte before the first
	JMP  coded

block:
	VMOVDQU8 (SI), Z0
	VPCMPEQB -1(SI), Z1, K2
	VPCMPB $4, Z1, Z0, K1
	KMOVQ K1, AX

coded:
	VPSUBB.Z Z2, Z0, K2, Z6
	VGF2P8AFFINEQB $0, Z3, Z0, K2, Z0
	VPCOMPRESSB Z0, K1, Z5
	VPMAXUB Z6, Z4, Z4
	POPCNTQ AX, AX
	VMOVDQU8 Z5, (DI)
	ADDQ $64, SI
	ADDQ AX, DI
	CMPQ SI, R8
	JLE  block
	VPCMPUB $6, Z7, Z4, K3 // greater
	KORTESTQ K3, K3
	JNE  done
	MOVQ SI, R12
	MOVQ DI, R13
	LEAQ 448(SI), R8
	CMPQ R8, R11
	CMOVQGT R11, R8
	CMPQ SI, R11
	JLE  block
	MOVB -1(SI), AX
	CMPB esc+24(FP), AX
	SETEQ R9

tail: // the last 0 to 63 bytes, and K5 for them
	LEAQ 64(R11), R10
	SUBQ SI, R10
	JEQ  done
	MOVQ $-1, AX
	BZHIQ R10, AX, R8
	KMOVQ R8, K5
	VMOVDQU8.Z (SI), K5, Z0
	VPCMPB $4, Z1, Z0, K5, K1
	KMOVQ K1, AX
	MOVQ AX, BX
	XORQ R8, BX
	LEAQ (R9)(BX*2), BX
	ANDQ R8, BX
	KMOVQ BX, K2
	VPSUBB.Z Z2, Z0, K2, Z6
	VPCMPUB $6, Z7, Z6, K3
	KORTESTQ K3, K3
	JNE  done
	VGF2P8AFFINEQB $0, Z3, Z0, K2, Z0
	VPCOMPRESSB Z0, K1, Z5
	POPCNTQ AX, AX
	MOVQ $-1, BX
	BZHIQ AX, BX, BX
	KMOVQ BX, K5
	VMOVDQU8 Z5, K5, (DI)
	LEAQ (SI)(R10*1), R12
	LEAQ (DI)(AX*1), R13

done: // behind R12 nothing was taken, nor an esc before it
	VZEROUPPER
	MOVQ src+8(FP), SI
	SUBQ SI, R12
	JEQ  told
	XORL R9, R9
	MOVB -1(SI)(R12*1), AX
	CMPB esc+24(FP), AX
	SETEQ R9
	SUBQ R9, R12

told:
	SUBQ dst+0(FP), R13
	MOVQ R12, read+40(FP)
	MOVQ R13, wrote+48(FP)
	RET
