/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of the PrimeCell UART (PL011), ARM DDI 0183 G chapter 3: offsets and fields, as the manual spells them. */
#ifndef SERVICES_PL011_REGS_H
#define SERVICES_PL011_REGS_H

#define UARTDR 0x000U
#define UARTRSR 0x004U /* write: UARTECR */
#define UARTFR 0x018U
#define UARTILPR 0x020U
#define UARTIBRD 0x024U
#define UARTFBRD 0x028U
#define UARTLCR_H 0x02cU
#define UARTCR 0x030U
#define UARTIFLS 0x034U
#define UARTIMSC 0x038U
#define UARTRIS 0x03cU
#define UARTMIS 0x040U
#define UARTICR 0x044U
#define UARTDMACR 0x048U
#define UARTPERIPHID0 0xfe0U /* to UARTPCELLID3 at 0xffc, one byte in each word */

#define DR_OE (1U << 11) /* the error bits of UARTDR are those of UARTRSR, 8 higher */
#define RSR_OE (1U << 3)

#define FR_CTS (1U << 0)
#define FR_DSR (1U << 1)
#define FR_DCD (1U << 2)
#define FR_BUSY (1U << 3)
#define FR_RXFE (1U << 4)
#define FR_TXFF (1U << 5)
#define FR_RXFF (1U << 6)
#define FR_TXFE (1U << 7)
#define FR_RI (1U << 8)

#define LCR_H_FEN (1U << 4)
#define LCR_H_WLEN_8 (3U << 5)

#define CR_UARTEN (1U << 0)
#define CR_LBE (1U << 7)
#define CR_TXE (1U << 8)
#define CR_RXE (1U << 9)
#define CR_DTR (1U << 10)
#define CR_RTS (1U << 11)
#define CR_OUT1 (1U << 12)
#define CR_OUT2 (1U << 13)

/* Interrupts: the same bits in UARTIMSC, UARTRIS, UARTMIS and UARTICR. */
#define INT_RIM (1U << 0)
#define INT_CTSM (1U << 1)
#define INT_DCDM (1U << 2)
#define INT_DSRM (1U << 3)
#define INT_RX (1U << 4)
#define INT_TX (1U << 5)
#define INT_RT (1U << 6)
#define INT_OE (1U << 10)
#define INT_ALL 0x7ffU

#endif
