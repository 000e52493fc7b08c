/* erl_system.c - Erlang's BIFs on time, the system and its numbers; module math. */
#include "base/buf.h"
#include "base/sys.h"
#include "prim/args.h"
#include "value/print.h"
#include <math.h>
#include <time.h>

/* ---- math ---- */

static sx_val float_result(SxProc *p, double d) { return isfinite(d) ? sx_float(&p->heap, d) : sx_error(p, SX_A(badarith)); }
static bool number_arg(sx_val v, double *d) { return sx_is_number(v) && sx_num_to_double(v, d); }

#define MATH1(id, name, doc, call)                                                                                     \
    SX_PRIM(id, "(math:" name " x)", doc)                                                                              \
    {                                                                                                                  \
        double x;                                                                                                      \
        return number_arg(argv[0], &x) ? float_result(p, call) : sx_is_number(argv[0]) ? sx_error(p, SX_A(badarith)) : sx_badarg(p, "math:" name ": takes a number"); \
    }
MATH1(sin1, "sin", "Sine.", sin(x))
MATH1(cos1, "cos", "Cosine.", cos(x))
MATH1(tan1, "tan", "Tangent.", tan(x))
MATH1(asin1, "asin", "Arc sine.", asin(x))
MATH1(acos1, "acos", "Arc cosine.", acos(x))
MATH1(atan1, "atan", "Arc tangent.", atan(x))
MATH1(sinh1, "sinh", "Hyperbolic sine.", sinh(x))
MATH1(cosh1, "cosh", "Hyperbolic cosine.", cosh(x))
MATH1(tanh1, "tanh", "Hyperbolic tangent.", tanh(x))
MATH1(asinh1, "asinh", "Inverse hyperbolic sine.", asinh(x))
MATH1(acosh1, "acosh", "Inverse hyperbolic cosine.", acosh(x))
MATH1(atanh1, "atanh", "Inverse hyperbolic tangent.", atanh(x))
MATH1(exp1, "exp", "e to the power x.", exp(x))
MATH1(log1_, "log", "Natural logarithm.", log(x))
MATH1(log21, "log2", "Logarithm to base 2.", log2(x))
MATH1(log101, "log10", "Logarithm to base 10.", log10(x))
MATH1(sqrt1, "sqrt", "Square root.", sqrt(x))
MATH1(erf1, "erf", "Error function.", erf(x))
MATH1(erfc1, "erfc", "Complementary error function.", erfc(x))
MATH1(mceil1, "ceil", "Smallest integral float not below.", ceil(x))
MATH1(mfloor1, "floor", "Largest integral float not above.", floor(x))
#define MATH2(id, name, doc, call)                                                                                     \
    SX_PRIM(id, "(math:" name " x y)", doc)                                                                            \
    {                                                                                                                  \
        double x, y;                                                                                                   \
        if (!sx_is_number(argv[0]) || !sx_is_number(argv[1])) return sx_badarg(p, "math:" name ": takes two numbers");   \
        return number_arg(argv[0], &x) && number_arg(argv[1], &y) ? float_result(p, call) : sx_error(p, SX_A(badarith)); \
    }
MATH2(pow2, "pow", "x to the power y.", pow(x, y))
MATH2(atan22, "atan2", "Angle of the point (y, x).", atan2(x, y))
MATH2(fmod2, "fmod", "Floating-point remainder.", fmod(x, y))
SX_PRIM(pi0, "(math:pi)", "Pi.") { return sx_float(&p->heap, 3.141592653589793); }

/* ---- time ---- */

/* Parts per second of a unit; 0: it is none. */
static int64_t parts_of(sx_val unit)
{
    static const struct { const char *name; int64_t parts; } units[] = {{"second", 1}, {"millisecond", 1000}, {"microsecond", 1000000}, {"nanosecond", 1000000000},
                                                                        {"native", 1000000000}, {"perf_counter", 1000000000}, {"seconds", 1},
                                                                        {"milli_seconds", 1000}, {"micro_seconds", 1000000}, {"nano_seconds", 1000000000}};
    if (sx_is_small(unit)) return sx_small_value(unit) > 0 ? sx_small_value(unit) : 0;
    for (size_t i = 0; i < SX_COUNT(units); i++)
        if (unit == sx_atom(units[i].name)) return units[i].parts;
    return 0;
}
static sx_val time_in(SxProc *p, int64_t ns, sx_val unit)
{
    int64_t parts = sx_given(unit) ? parts_of(unit) : 1000000000;
    if (parts == 0) return sx_badarg(p, "time: the unit must be second, millisecond, microsecond, nanosecond, native or parts per second");
    __int128 wide = (__int128)ns * parts, v = wide / 1000000000;
    if (wide < 0 && wide % 1000000000 != 0) v--;
    return sx_int(&p->heap, (int64_t)v);
}
SX_PRIM(monotonic_time1, "(erlang:monotonic_time &opt unit)", "Monotonic time, in nanoseconds unless told otherwise.") { return time_in(p, sx_sys_monotonic_ns(), argv[0]); }
SX_PRIM(system_time1, "(erlang:system_time &opt unit)", "Time since 1970, in nanoseconds unless told otherwise.") { return time_in(p, sx_sys_wall_ns(), argv[0]); }
SX_PRIM(os_system_time1, "(os:system_time &opt unit)", "Time since 1970, in nanoseconds unless told otherwise.") { return time_in(p, sx_sys_wall_ns(), argv[0]); }
SX_PRIM(perf_counter1, "(os:perf_counter &opt unit)", "A fast running counter, in nanoseconds unless told otherwise.") { return time_in(p, sx_sys_monotonic_ns(), argv[0]); }
SX_PRIM(time_offset1, "(erlang:time_offset &opt unit)", "Difference of system time and monotonic time.") { return time_in(p, sx_sys_wall_ns() - sx_sys_monotonic_ns(), argv[0]); }

static sx_val timestamp(SxProc *p)
{
    int64_t us = sx_sys_wall_ns() / 1000;
    return sx_tuple(&p->heap, 3, sx_small(us / 1000000000000), sx_small(us / 1000000 % 1000000), sx_small(us % 1000000));
}
SX_PRIM(timestamp0, "(erlang:timestamp)", "{MegaSeconds, Seconds, MicroSeconds} since 1970.") { return timestamp(p); }
SX_PRIM(os_timestamp0, "(os:timestamp)", "{MegaSeconds, Seconds, MicroSeconds} since 1970.") { return timestamp(p); }
SX_PRIM(now0, "(erlang:now)", "{MegaSeconds, Seconds, MicroSeconds} since 1970.") { return timestamp(p); }

/* {{Y, M, D}, {H, M, S}}. */
static sx_val date_time(SxProc *p, bool local)
{
    time_t t = (time_t)(sx_sys_wall_ns() / 1000000000);
    struct tm tm;
    if (local) localtime_r(&t, &tm);
    else gmtime_r(&t, &tm);
    sx_val date = sx_tuple(&p->heap, 3, sx_small(tm.tm_year + 1900), sx_small(tm.tm_mon + 1), sx_small(tm.tm_mday));
    sx_val time_of_day = sx_tuple(&p->heap, 3, sx_small(tm.tm_hour), sx_small(tm.tm_min), sx_small(tm.tm_sec));
    return sx_tuple(&p->heap, 2, date, time_of_day);
}
SX_PRIM(localtime0, "(erlang:localtime)", "Local {{Y, M, D}, {H, M, S}}.") { return date_time(p, true); }
SX_PRIM(universaltime0, "(erlang:universaltime)", "{{Y, M, D}, {H, M, S}} in UTC.") { return date_time(p, false); }
SX_PRIM(date0, "(erlang:date)", "Local {Y, M, D}.") { return sx_tuple_elements(date_time(p, true))[0]; }
SX_PRIM(time0, "(erlang:time)", "Local {H, M, S}.") { return sx_tuple_elements(date_time(p, true))[1]; }

SX_PRIM(unique_integer1, "(erlang:unique_integer &opt modifiers)", "An integer that was not answered before; positive, monotonic on request.")
{
    sx_val l = sx_given(argv[0]) ? argv[0] : SX_EMPTY;
    bool positive = false;
    for (; sx_is_cons(l); l = sx_tail(l)) {
        if (sx_head(l) == sx_atom("positive")) positive = true;
        else if (sx_head(l) != sx_atom("monotonic")) return sx_badarg(p, "unique_integer: modifiers are positive and monotonic");
    }
    int64_t n = (int64_t)sx_next_serial(sx_sched(p));
    return sx_int(&p->heap, positive ? n : n - ((int64_t)1 << 58));
}

/* ---- the system ---- */

static sx_val text(SxProc *p, const char *s)
{
    sx_val list = SX_EMPTY;
    for (size_t i = strlen(s); i-- > 0;) list = sx_cons(&p->heap, sx_small((unsigned char)s[i]), list);
    return list;
}
SX_PRIM(system_info1, "(erlang:system_info item)", "What is known of the system.")
{
    SxRuntime *rt = p->rt;
    sx_val i = argv[0];
    if (i == sx_atom("process_count")) return sx_small(rt->n_processes);
    if (i == sx_atom("process_limit")) return sx_small(rt->limits.max_processes);
    if (i == sx_atom("atom_count")) return sx_small(sx_atom_count());
    if (i == sx_atom("atom_limit")) return sx_small(rt->limits.max_atoms);
    if (i == sx_atom("port_count")) return sx_small(0);
    if (i == sx_atom("port_limit")) return sx_small(65536);
    if (i == sx_atom("schedulers") || i == sx_atom("schedulers_online") || i == sx_atom("logical_processors")) return sx_small(1);
    if (i == sx_atom("otp_release")) return text(p, "25");
    if (i == sx_atom("version")) return text(p, "13.1.5");
    if (i == sx_atom("machine")) return text(p, "BEAM");
    if (i == sx_atom("system_version")) return text(p, "Erlang/OTP 25 (sxhost)\n");
    if (i == sx_atom("system_architecture")) return text(p, "x86_64-pc-linux-gnu");
    if (i == sx_atom("wordsize")) return sx_small(8);
    if (i == sx_atom("endian")) return sx_atom("little");
    if (i == sx_atom("smp_support") || i == sx_atom("threads")) return SX_TRUE;
    if (i == sx_atom("emu_flavor")) return sx_atom("emu");
    if (i == sx_atom("build_type")) return sx_atom("opt");
    if (i == sx_atom("thread_pool_size")) return sx_small(1);
    if (i == sx_atom("ets_limit")) return sx_small(8192);
    if (i == sx_atom("compat_rel")) return sx_small(25);
    if (i == sx_atom("time_correction")) return SX_TRUE;
    if (i == sx_atom("nif_version")) return text(p, "2.16");
    if (i == sx_atom("driver_version")) return text(p, "3.3");
    if (i == sx_atom("multi_scheduling")) return sx_atom("disabled");
    return sx_badarg(p, "system_info: the item is not known");
}

static sx_val pair(SxProc *p, int64_t total, int64_t since) { return sx_tuple(&p->heap, 2, sx_int(&p->heap, total), sx_int(&p->heap, since)); }
SX_PRIM(statistics1, "(erlang:statistics item)", "Counters of the system: runtime, wall_clock, reductions, garbage_collection, context_switches, run_queue.")
{
    SxSched *s = sx_sched(p);
    sx_val i = argv[0];
    if (i == sx_atom("runtime")) {
        int64_t ms = s->seeded != NULL ? s->now / 1000000 : (int64_t)clock() * 1000 / CLOCKS_PER_SEC, last = s->last_runtime_ms;
        s->last_runtime_ms = ms;
        return pair(p, ms, ms - last);
    }
    if (i == sx_atom("wall_clock")) {
        int64_t ms = sx_sys_monotonic_ns() / 1000000, last = s->last_wall_ms;
        s->last_wall_ms = ms;
        return pair(p, ms, ms - last);
    }
    if (i == SX_A(reductions) || i == sx_atom("exact_reductions")) return pair(p, (int64_t)p->total_reductions, 0);
    if (i == SX_A(garbage_collection)) return sx_tuple(&p->heap, 3, sx_int(&p->heap, (int64_t)s->collections), sx_small(0), sx_small(0));
    if (i == sx_atom("context_switches")) return pair(p, (int64_t)s->switches, 0);
    if (i == sx_atom("run_queue") || i == sx_atom("total_run_queue_lengths")) {
        int64_t n = 0;
        for (int k = 0; k < SX_PRIO_COUNT; k++) n += s->ready[k].n;
        return sx_small(n);
    }
    return sx_badarg(p, "statistics: the item is not known");
}
SX_PRIM(memory1, "(erlang:memory &opt item)", "Bytes in use: the shared range and all processes' heaps.")
{
    size_t processes = 0, shared = (size_t)(p->rt->code.shared.top - p->rt->code.shared.base) * sizeof(sx_val);
    for (uint32_t i = 0; i < p->rt->n_slots; i++) {
        SxProc *q = sx_proc_at(p->rt, i);
        if (q != NULL) processes += sx_proc_words(q) * sizeof(sx_val) + sizeof *q;
    }
    sx_charge(p, p->rt->n_slots / 8);
    sx_val total = sx_int(&p->heap, (int64_t)(processes + shared));
    if (sx_given(argv[0])) return argv[0] == sx_atom("processes") ? sx_int(&p->heap, (int64_t)processes) : argv[0] == sx_atom("code") ? sx_int(&p->heap, (int64_t)shared) : total;
    sx_val list = sx_cons(&p->heap, sx_tuple(&p->heap, 2, sx_atom("code"), sx_int(&p->heap, (int64_t)shared)), SX_EMPTY);
    list = sx_cons(&p->heap, sx_tuple(&p->heap, 2, sx_atom("processes"), sx_int(&p->heap, (int64_t)processes)), list);
    return sx_cons(&p->heap, sx_tuple(&p->heap, 2, sx_atom("total"), total), list);
}
SX_PRIM(is_alive0, "(erlang:is_alive)", "False: this node is not distributed.") { return SX_FALSE; }
SX_PRIM(nodes1, "(erlang:nodes &opt which)", "Other nodes: none.") { return SX_EMPTY; }

SX_PRIM(display1, "(erlang:display x)", "Print a term and a newline.")
{
    SxBuf b = SX_BUF_INIT;
    sx_print_erlang_write(&b, argv[0], 1 << 20);
    sx_buf_add_char(&b, '\n');
    bool taken = sx_sys_output(p->rt, 1, p->epoch, b.data, b.len);
    sx_buf_deinit(&b);
    return taken ? SX_TRUE : sx_park(p, SX_WAIT_OUTPUT);
}

/* ---- checksums ---- */

static uint32_t crc_table(unsigned char b)
{
    uint32_t c = b;
    for (int k = 0; k < 8; k++) c = c & 1 ? 0xEDB88320u ^ (c >> 1) : c >> 1;
    return c;
}
SX_PRIM(crc32_1, "(erlang:crc32 iodata)", "CRC-32 of the bytes.")
{
    static uint32_t table[256];
    if (table[1] == 0)
        for (int i = 0; i < 256; i++) table[i] = crc_table((unsigned char)i);
    SxBuf b = SX_BUF_INIT;
    size_t n;
    const unsigned char *bytes = sx_binary_bytes(argv[0], &n);
    if (bytes == NULL) {
        if (!sx_flatten_text(argv[0], false, &b)) {
            sx_buf_deinit(&b);
            return sx_badarg(p, "crc32: takes iodata");
        }
        bytes = (const unsigned char *)b.data;
        n = b.len;
    }
    uint32_t c = 0xFFFFFFFFu;
    for (size_t i = 0; i < n; i++) c = table[(c ^ bytes[i]) & 255] ^ (c >> 8);
    sx_charge(p, n / 64);
    sx_buf_deinit(&b);
    return sx_small(c ^ 0xFFFFFFFFu);
}

SX_PRIM(logger_handlers2, "(logger:$handlers default others)",
        "Says whether the handler `default` and whether others are there: crashes of processes are printed for the one, and told to sx_report:plain for the others.")
{
    p->rt->crash_quiet = argv[0] != SX_TRUE;
    p->rt->crash_told = argv[1] == SX_TRUE;
    return SX_A(ok);
}

SX_PRIM_TABLE(erl_system){
    &logger_handlers2_prim,
    &sin1_prim, &cos1_prim, &tan1_prim, &asin1_prim, &acos1_prim, &atan1_prim, &sinh1_prim, &cosh1_prim, &tanh1_prim, &asinh1_prim, &acosh1_prim,
    &atanh1_prim, &exp1_prim, &log1__prim, &log21_prim, &log101_prim, &sqrt1_prim, &erf1_prim, &erfc1_prim, &mceil1_prim, &mfloor1_prim, &pow2_prim,
    &atan22_prim, &fmod2_prim, &pi0_prim, &monotonic_time1_prim, &system_time1_prim, &os_system_time1_prim, &perf_counter1_prim, &time_offset1_prim,
    &timestamp0_prim, &os_timestamp0_prim, &now0_prim, &localtime0_prim, &universaltime0_prim, &date0_prim, &time0_prim, &unique_integer1_prim,
    &system_info1_prim, &statistics1_prim, &memory1_prim, &is_alive0_prim, &nodes1_prim, &display1_prim, &crc32_1_prim, NULL};
