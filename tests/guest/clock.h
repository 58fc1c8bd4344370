/* SPDX-License-Identifier: Apache-2.0 */
/* The board's PL031 (DDI 0224), whose match interrupt is the line of a device for the tests of lines: its registers. */
#ifndef TESTS_GUEST_CLOCK_H
#define TESTS_GUEST_CLOCK_H

#define CLOCK_LINE 34U
#define RTC_BASE 0x09010000U
#define RTC_DR (RTC_BASE + 0x0)    /* seconds */
#define RTC_MR (RTC_BASE + 0x4)    /* it interrupts when DR becomes this */
#define RTC_IMSC (RTC_BASE + 0x10) /* 1: it does */
#define RTC_ICR (RTC_BASE + 0x1c)  /* 1: it has */

#endif
