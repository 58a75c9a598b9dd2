#include "textflag.h"

// func unblockSSE2(dst, src *byte, n int) (read, wrote int)
//
// What was written is never more than what was read, so 256 bytes at DI fit wherever 257 bytes at SI are there.
TEXT ·unblockSSE2(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX
	LEAQ -257(SI)(CX*1), R11 // the last place for a block

block:
	CMPQ SI, R11
	JHI  done
	MOVBLZX (SI), AX
	CMPL AX, $33
	JCS  short
	MOVOU 1(SI), X0
	MOVOU 17(SI), X1
	MOVOU 33(SI), X2
	MOVOU 49(SI), X3
	MOVOU 65(SI), X4
	MOVOU 81(SI), X5
	MOVOU 97(SI), X6
	MOVOU 113(SI), X7
	MOVOU 129(SI), X8
	MOVOU 145(SI), X9
	MOVOU 161(SI), X10
	MOVOU 177(SI), X11
	MOVOU 193(SI), X12
	MOVOU 209(SI), X13
	MOVOU 225(SI), X14
	MOVOU 241(SI), X15
	ADDQ AX, SI
	MOVOU X0, (DI)
	MOVOU X1, 16(DI)
	MOVOU X2, 32(DI)
	MOVOU X3, 48(DI)
	MOVOU X4, 64(DI)
	MOVOU X5, 80(DI)
	MOVOU X6, 96(DI)
	MOVOU X7, 112(DI)
	MOVOU X8, 128(DI)
	MOVOU X9, 144(DI)
	MOVOU X10, 160(DI)
	MOVOU X11, 176(DI)
	MOVOU X12, 192(DI)
	MOVOU X13, 208(DI)
	MOVOU X14, 224(DI)
	MOVOU X15, 240(DI)
	MOVB $0, -1(DI)(AX*1)
	LEAQ -1(DI)(AX*1), DI
	CMPL AX, $255
	ADCQ $0, DI // a full block stands for no 00
	JMP  block

short:
	TESTL AX, AX
	JEQ  done
	MOVOU 1(SI), X0
	MOVOU 17(SI), X1
	ADDQ AX, SI
	MOVOU X0, (DI)
	MOVOU X1, 16(DI)
	MOVB $0, -1(DI)(AX*1)
	ADDQ AX, DI
	JMP  block

done:
	SUBQ src+8(FP), SI
	SUBQ dst+0(FP), DI
	MOVQ SI, read+24(FP)
	MOVQ DI, wrote+32(FP)
	RET

// func unblockWide(dst, src *byte, n int) (read, wrote int)
//
// The same in four moves of 64 bytes.
TEXT ·unblockWide(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX
	LEAQ -257(SI)(CX*1), R11 // the last place for a block

block:
	CMPQ SI, R11
	JHI  done
	MOVBLZX (SI), AX
	CMPL AX, $65
	JCS  short
	VMOVDQU64 1(SI), Z0
	VMOVDQU64 65(SI), Z1
	VMOVDQU64 129(SI), Z2
	VMOVDQU64 193(SI), Z3
	ADDQ AX, SI
	VMOVDQU64 Z0, (DI)
	VMOVDQU64 Z1, 64(DI)
	VMOVDQU64 Z2, 128(DI)
	VMOVDQU64 Z3, 192(DI)
	MOVB $0, -1(DI)(AX*1)
	LEAQ -1(DI)(AX*1), DI
	CMPL AX, $255
	ADCQ $0, DI // a full block stands for no 00
	JMP  block

short:
	TESTL AX, AX
	JEQ  done
	VMOVDQU64 1(SI), Z0
	ADDQ AX, SI
	VMOVDQU64 Z0, (DI)
	MOVB $0, -1(DI)(AX*1)
	ADDQ AX, DI
	JMP  block

done:
	VZEROUPPER
	SUBQ src+8(FP), SI
	SUBQ dst+0(FP), DI
	MOVQ SI, read+24(FP)
	MOVQ DI, wrote+32(FP)
	RET
