#include "textflag.h"

// func unescapeRuns(dst, src *byte, n int, esc uint64, plain *[256]int16) (read, wrote int)
//
// What was written is never more than what was read, so 32 bytes at DI fit wherever 32 bytes at SI are there.
TEXT ·unescapeRuns(SB), NOSPLIT, $0-56
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
