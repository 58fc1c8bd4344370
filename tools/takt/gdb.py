# SPDX-License-Identifier: Apache-2.0
#
# What `takt gdb` adds to gdb, read by gdb itself. TAKT_GDB names a JSON file that says what is debugged (tools/takt/gdb.c).
#
# QEMU's stub stops where the program counter has the value of a breakpoint, whichever world the CPU is in, and shows memory as the
# stopped CPU sees it. So a breakpoint here gets a condition on the world, by EL and by the VMID that is loaded: `$_takt_here()`. QEMU
# keeps breakpoints beside the machine, not in its memory: they may be set before the MMU is on and before there is code.
#
# takt-return leads a VM back that was stepped into EL2. takt-cpus, takt-contexts and takt-trace read what EL2 counts (abi/stats.h, abi/trace.h) at its physical address, so
# that it does not matter where the machine has stopped.
import json
import os
import struct

import gdb

CONDITION = "$_takt_here()"
IDLE = 0xFFFF
STATES = ("off", "on", "stopped")
RECORD = struct.Struct("<QHHI")  # struct trace_record


class Physical:
    """Memory by physical address, while the context lasts."""

    def __enter__(self):
        self.set(1)
        return gdb.selected_inferior().read_memory

    def __exit__(self, *error):
        self.set(0)

    @staticmethod
    def set(value):
        gdb.selected_inferior().connection.send_packet("Qqemu.PhyMemMode:%d" % value)


class Session:
    """What takt says of the system, and what EL2 has counted."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.says = json.load(file)
        self.layout = self.says["layout"]

    def is_el2(self):
        return self.says["target"] == "el2"

    def context_name(self, index):
        contexts = self.says["contexts"]
        return "idle" if index == IDLE else contexts[index] if index < len(contexts) else "context %d" % index

    def event_name(self, event):
        names = self.says["events"]
        return names[event] if event < len(names) and names[event] else "event %d" % event

    def read_words(self, base, fields):
        """The 64-bit fields, by name, of a structure at a physical address."""
        with Physical() as read:
            return {
                name: struct.unpack("<Q", bytes(read(base + offset, 8)))[0]
                for name, offset in fields.items()
            }

    def check_stats(self):
        magic = self.read_words(self.says["arena_pa"], {"magic": 0})["magic"]
        if magic != self.layout["magic"]:
            raise gdb.GdbError("EL2 has not made its statistics yet: go on until a VM has started")

    def cpu(self, index):
        base = self.says["arena_pa"] + self.layout["cpus"] + index * self.layout["cpu_bytes"]
        return self.read_words(base, self.layout["cpu"])

    def context(self, index):
        base = self.says["arena_pa"] + self.layout["contexts"] + index * self.layout["context_bytes"]
        return self.read_words(base, self.layout["context"])

    def records(self, index, most):
        """Of one CPU's ring, the newest: (time, cpu, event, context, arg), oldest first."""
        cpu = self.cpu(index)
        head, size = cpu["trace_head"], cpu["trace_records"]
        count = min(head, size, most)
        found = []
        with Physical() as read:
            for i in range(head - count, head):
                raw = bytes(read(cpu["trace_pa"] + i % size * RECORD.size, RECORD.size))
                time, event, context, arg = RECORD.unpack(raw)
                found.append((time, index, event, context, arg))
        return found


def read_register(name):
    return int(gdb.newest_frame().read_register(name))


def exception_level():
    return read_register("cpsr") >> 2 & 3


def loaded_vmid():
    return read_register("VTTBR_EL2") >> 48 & 0xFFFF


class Here(gdb.Function):
    """$_takt_here(): the stopped CPU is in the world that this session debugs."""

    def __init__(self):
        super().__init__("_takt_here")

    def invoke(self):
        if session.is_el2():
            return exception_level() == 2
        return exception_level() < 2 and loaded_vmid() == session.says["vmid"]


def keep_here(breakpoint):
    """Whatever else a breakpoint asks for, it asks for the world too."""
    condition = breakpoint.condition
    if condition is None:
        breakpoint.condition = CONDITION
    elif CONDITION not in condition:
        breakpoint.condition = "%s && (%s)" % (CONDITION, condition)


class Once:
    """Ends a backtrace of EL2 where it would go round: a function that never returns has not kept its return address.
    EL2 has no recursion, so no function is there twice."""

    def __init__(self):
        self.name = "takt-once"
        self.priority = 100
        self.enabled = True
        gdb.current_progspace().frame_filters[self.name] = self

    @staticmethod
    def filter(frames):
        seen = set()
        for frame in frames:
            name = frame.function()
            if name in seen:
                return
            seen.add(name)
            yield frame


class Cpus(gdb.Command):
    """Where each CPU is, and whose state is loaded in it.
takt-cpus: one line for each CPU: exception level, program counter, the VM and vCPU in VTTBR_EL2 and VMPIDR_EL2."""

    def __init__(self):
        super().__init__("takt-cpus", gdb.COMMAND_STATUS)

    @staticmethod
    def world():
        vmid = loaded_vmid()
        for name, known in session.says["vmids"].items():
            if vmid == known:
                return "%s/%d" % (name, read_register("VMPIDR_EL2") & 0xFF)
        return "a service" if vmid else "none"

    def invoke(self, argument, from_tty):
        selected = gdb.selected_thread()
        for thread in sorted(gdb.selected_inferior().threads(), key=lambda thread: thread.num):
            thread.switch()
            pc = gdb.newest_frame().pc()
            symbol = gdb.execute("info symbol 0x%x" % pc, to_string=True).split(" in section")[0].strip()
            print("cpu%d  EL%d  pc 0x%x  loaded: %s%s" % (
                thread.num - 1, exception_level(), pc, self.world(),
                "" if symbol.startswith("No symbol") else "  " + symbol))
        selected.switch()


class Return(gdb.Command):
    """Goes on until EL2 has returned to where it was entered from.
takt-return: for a VM that was stepped over an instruction that exits. What EL2 does first, other VMs included, is done."""

    def __init__(self):
        super().__init__("takt-return", gdb.COMMAND_RUNNING)

    def invoke(self, argument, from_tty):
        if session.is_el2():
            raise gdb.GdbError("this session debugs EL2: `finish` and breakpoints do")
        if exception_level() != 2:
            raise gdb.GdbError("the CPU is not in EL2")
        entered_from = read_register("ELR_EL2")
        marks = []
        for place in (entered_from, entered_from + 4):  # it is done again, or it has been done
            mark = gdb.Breakpoint("*0x%x" % place, internal=True)
            mark.condition = CONDITION
            marks.append(mark)
        try:
            gdb.execute("continue")
        finally:
            for mark in marks:
                mark.delete()


class Contexts(gdb.Command):
    """What EL2 schedules: vCPUs and drivers, with their state and time.
takt-contexts: one line for each: state, ticks that it has paid, how often it was switched to; and why it was stopped."""

    def __init__(self):
        super().__init__("takt-contexts", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        session.check_stats()
        for index, name in enumerate(session.says["contexts"]):
            words = session.context(index)
            state = words["state"]
            print("%-20s %-8s %16d ticks %10d switches" % (
                name, STATES[state] if state < len(STATES) else state, words["used_ticks"], words["switches"]))
            if words["fault_pc"] or words["fault_esr"]:
                print("    stopped at pc 0x%(fault_pc)x, syndrome 0x%(fault_esr)x, address 0x%(fault_address)x" % words)


class Trace(gdb.Command):
    """The last records of EL2's trace rings.
takt-trace [N]: the last N (default 20) of all CPUs, oldest first, as in trace.txt of `takt run --log-dir`."""

    def __init__(self):
        super().__init__("takt-trace", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        most = int(gdb.parse_and_eval(argument)) if argument else 20
        session.check_stats()
        records = []
        for cpu in range(session.says["cpus"]):
            records += session.records(cpu, most)
        for time, cpu, event, context, arg in sorted(records)[-most:] if most > 0 else []:
            name = session.event_name(event)
            what = "from " + session.context_name(arg) if name == "switch" else str(arg) if name == "irq" else hex(arg)
            print("%14d cpu%d %-9s %-16s %s" % (time, cpu, name, session.context_name(context), what))


def begin():
    """Symbols, connection and commands of this session."""
    gdb.execute("set confirm off")
    gdb.execute("set backtrace limit 64")
    gdb.execute("set architecture aarch64", to_string=True)
    gdb.execute("target remote %s" % session.says["socket"], to_string=True)
    if session.says["symbols"]:
        gdb.execute('file "%s"' % session.says["symbols"], to_string=True)
    for addition in (Here, Cpus, Return, Contexts, Trace) + ((Once,) if session.is_el2() else ()):
        addition()
    gdb.events.breakpoint_created.connect(keep_here)
    gdb.events.breakpoint_modified.connect(keep_here)
    print("takt: %s, stopped before its first instruction; breakpoints hold in %s only" % (
        session.says["source"], "EL2" if session.is_el2() else session.says["target"]))
    if not session.says["symbols"]:
        print("takt: no symbols for %s: its kernel is no ELF file (--symbols FILE)" % session.says["target"])


session = Session(os.environ["TAKT_GDB"])
begin()
