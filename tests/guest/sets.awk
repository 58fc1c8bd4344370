# SPDX-License-Identifier: Apache-2.0
#
# A random set of reservations for tests/guest/budgets.dts, the same for the same seed:
#
#     awk -v seed=N -f tests/guest/sets.awk
#
# 2 to 6 VMs with 1 to 4 vCPUs each, and one of 4 by weight. Utilisations by UUniFast (Bini, Buttazzo 2005), the sum of budget / deadline is 30 to
# 70 %; periods of 100 us to 5 ms, uniform in the logarithm; deadlines between half the period and the period. Every budget is worth some switches.
function between(low, high) { return low + rand() * (high - low) }

BEGIN {
	srand(seed)
	n = int(between(2, 7))
	left = between(0.3, 0.7)
	printf "/* Seed %d. */\n", seed
	for (i = 1; i <= n; i++) {
		next_left = i < n ? left * rand() ^ (1 / (n - i)) : 0
		period = int(exp(between(log(100000), log(5000000))))
		deadline = int(period * between(0.5, 1))
		budget = int((left - next_left) * deadline)
		left = next_left
		if (budget < 5000) {
			budget = 5000
			while (budget > deadline / 20)
				deadline = period = period * 2
		}
		periods = int(20000000 / period)
		printf "SUPPLY(vm%d, %d, %d, %d, %d, periods=%d);\n", i, int(between(1, 5)), budget, deadline, period, periods < 10 ? 10 : periods
	}
	print "REST(rest, 4);"
}
