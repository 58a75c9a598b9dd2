#include "textflag.h"

// func searchWide(p *byte, n int, c byte) (at int)
//
// n is at least 64. Four blocks at a time have nothing: their masks are joined. The last block ends with p, and so part of it may be looked
// at for the second time.
TEXT ·searchWide(SB), NOSPLIT, $0-32
	MOVQ p+0(FP), SI
	MOVQ n+8(FP), R10
	VPBROADCASTB c+16(FP), Z1
	MOVQ SI, DI
	LEAQ -256(SI)(R10*1), R11 // the last place for four blocks
	CMPQ DI, R11
	JGT  blocks

four:
	VPCMPEQB (DI), Z1, K1
	VPCMPEQB 64(DI), Z1, K2
	VPCMPEQB 128(DI), Z1, K3
	VPCMPEQB 192(DI), Z1, K4
	KORQ K1, K2, K5
	KORQ K3, K4, K6
	KORTESTQ K5, K6
	JNE  blocks
	ADDQ $256, DI
	CMPQ DI, R11
	JLE  four

blocks:
	LEAQ -64(SI)(R10*1), R11 // the last place for a block

block:
	CMPQ DI, R11
	JGE  last
	VPCMPEQB (DI), Z1, K1
	KORTESTQ K1, K1
	JNE  found
	ADDQ $64, DI
	JMP  block

last:
	MOVQ R11, DI
	VPCMPEQB (DI), Z1, K1
	KORTESTQ K1, K1
	JEQ  none

found:
	KMOVQ K1, AX
	TZCNTQ AX, AX
	ADDQ AX, DI
	SUBQ SI, DI
	VZEROUPPER
	MOVQ DI, at+24(FP)
	RET

none:
	VZEROUPPER
	MOVQ R10, at+24(FP)
	RET
