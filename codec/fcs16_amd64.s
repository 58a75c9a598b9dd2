#include "textflag.h"

// func fcsFold(out *[16]byte, p *byte, n int, fcs uint16, by *[4]uint64)
//
// X0 to X3 are 64 bytes that stand for all that came before. Each round multiplies the halves of each by X5, which moves them 64 bytes
// on, and adds the next 64 bytes.
TEXT ·fcsFold(SB), NOSPLIT, $0-40
	MOVQ out+0(FP), DI
	MOVQ p+8(FP), SI
	MOVQ n+16(FP), CX
	MOVWLZX fcs+24(FP), AX
	MOVQ by+32(FP), DX
	MOVOU (SI), X0
	MOVOU 16(SI), X1
	MOVOU 32(SI), X2
	MOVOU 48(SI), X3
	MOVQ AX, X4
	PXOR X4, X0
	MOVOU (DX), X5
	SUBQ $64, CX
	JEQ lanes

round:
	ADDQ $64, SI
	MOVOA X0, X6
	MOVOA X1, X7
	MOVOA X2, X8
	MOVOA X3, X9
	PCLMULQDQ $0x00, X5, X0
	PCLMULQDQ $0x00, X5, X1
	PCLMULQDQ $0x00, X5, X2
	PCLMULQDQ $0x00, X5, X3
	PCLMULQDQ $0x11, X5, X6
	PCLMULQDQ $0x11, X5, X7
	PCLMULQDQ $0x11, X5, X8
	PCLMULQDQ $0x11, X5, X9
	MOVOU (SI), X10
	MOVOU 16(SI), X11
	MOVOU 32(SI), X12
	MOVOU 48(SI), X13
	PXOR X6, X0
	PXOR X7, X1
	PXOR X8, X2
	PXOR X9, X3
	PXOR X10, X0
	PXOR X11, X1
	PXOR X12, X2
	PXOR X13, X3
	SUBQ $64, CX
	JNE round

lanes: // each is moved 16 bytes on, onto the next
	MOVOU 16(DX), X5
	MOVOA X0, X6
	PCLMULQDQ $0x00, X5, X0
	PCLMULQDQ $0x11, X5, X6
	PXOR X0, X1
	PXOR X6, X1
	MOVOA X1, X6
	PCLMULQDQ $0x00, X5, X1
	PCLMULQDQ $0x11, X5, X6
	PXOR X1, X2
	PXOR X6, X2
	MOVOA X2, X6
	PCLMULQDQ $0x00, X5, X2
	PCLMULQDQ $0x11, X5, X6
	PXOR X2, X3
	PXOR X6, X3
	MOVOU X3, (DI)
	RET
