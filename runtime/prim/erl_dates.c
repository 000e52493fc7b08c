/* erl_dates.c - Erlang's BIFs that convert dates: between local time, universal time and seconds since 1970.
 * Owns the calendar of universal time, for all years from 0 on; which local time it is when is the C library's. */
#include "prim/args.h"
#include <time.h>

#define DAY 86400
#define MOST_SECONDS ((int64_t)1 << 42) /* far behind what the conversions of the C library take */

typedef struct DateTime { int64_t year; int month, day, hour, minute, second; } DateTime;

static int days_in_month(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

/* Days from 1970-01-01. Years are counted from March, so that the leap day is a year's last. */
static int64_t days_of(int64_t year, int month, int day)
{
    if (month <= 2) year--;
    int64_t era = floor_div(year, 400), of_era = year - era * 400, of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static DateTime date_of(int64_t seconds)
{
    int64_t days = floor_div(seconds, DAY), rest = seconds - days * DAY;
    days += 719468;
    int64_t era = floor_div(days, 146097), of_era = days - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int of_year = (int)(of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100)), m = (5 * of_year + 2) / 153;
    DateTime d = {.year = year_of_era + era * 400, .month = m < 10 ? m + 3 : m - 9, .day = of_year - (153 * m + 2) / 5 + 1,
                  .hour = (int)(rest / 3600), .minute = (int)(rest / 60 % 60), .second = (int)(rest % 60)};
    d.year += d.month <= 2;
    return d;
}

static int64_t seconds_of(const DateTime *d) { return days_of(d->year, d->month, d->day) * DAY + d->hour * 3600 + d->minute * 60 + d->second; }

/* Three integers of a tuple; false: it is none. */
static bool three(sx_val v, int64_t out[3])
{
    if (!sx_is_tuple(v) || sx_tuple_size(v) != 3) return false;
    for (int i = 0; i < 3; i++) {
        if (!sx_is_small(sx_tuple_elements(v)[i])) return false;
        out[i] = sx_small_value(sx_tuple_elements(v)[i]);
    }
    return true;
}

static bool take_date_time(sx_val v, DateTime *d)
{
    int64_t date[3], clock_time[3];
    if (!sx_is_tuple(v) || sx_tuple_size(v) != 2 || !three(sx_tuple_elements(v)[0], date) || !three(sx_tuple_elements(v)[1], clock_time)) return false;
    if (date[0] < 0 || date[0] > 100000 || date[1] < 1 || date[1] > 12 || date[2] < 1 || date[2] > days_in_month(date[0], (int)date[1])) return false;
    if (clock_time[0] < 0 || clock_time[0] > 23 || clock_time[1] < 0 || clock_time[1] > 59 || clock_time[2] < 0 || clock_time[2] > 59) return false;
    *d = (DateTime){date[0], (int)date[1], (int)date[2], (int)clock_time[0], (int)clock_time[1], (int)clock_time[2]};
    return true;
}

static sx_val give_date_time(SxProc *p, const DateTime *d)
{
    SxHeap *h = &p->heap;
    sx_val date = sx_tuple(h, 3, sx_small(d->year), sx_small(d->month), sx_small(d->day));
    return sx_tuple(h, 2, date, sx_tuple(h, 3, sx_small(d->hour), sx_small(d->minute), sx_small(d->second)));
}

SX_PRIM(to_posix1, "(erlang:universaltime_to_posixtime datetime)", "Seconds from 1970 to {{Y, M, D}, {H, M, S}} in UTC.")
{
    DateTime d;
    return take_date_time(argv[0], &d) ? sx_small(seconds_of(&d)) : sx_badarg(p, "universaltime_to_posixtime: takes {{Year, Month, Day}, {Hour, Minute, Second}}");
}
SX_PRIM(from_posix1, "(erlang:posixtime_to_universaltime seconds)", "{{Y, M, D}, {H, M, S}} in UTC of a number of seconds since 1970.")
{
    int64_t s;
    if (!sx_num_to_int64(argv[0], &s) || s > MOST_SECONDS || s < -62167219200) return sx_badarg(p, "posixtime_to_universaltime: takes an integer of seconds");
    DateTime d = date_of(s);
    return give_date_time(p, &d);
}

SX_PRIM(to_local1, "(erlang:universaltime_to_localtime datetime)", "Local time of a universal time.")
{
    DateTime d;
    struct tm tm;
    if (!take_date_time(argv[0], &d) || d.year < 1902) return sx_badarg(p, "universaltime_to_localtime: takes {{Year, Month, Day}, {Hour, Minute, Second}} from 1902 on");
    time_t t = (time_t)seconds_of(&d);
    if (localtime_r(&t, &tm) == NULL) return sx_badarg(p, "universaltime_to_localtime: out of range");
    d = (DateTime){tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec};
    return give_date_time(p, &d);
}
SX_PRIM(to_universal2, "(erlang:localtime_to_universaltime datetime summer)", "Universal time of a local time; `summer` tells whether daylight saving holds: true, false or undefined.")
{
    DateTime d;
    if (!take_date_time(argv[0], &d) || d.year < 1902 || (argv[1] != SX_TRUE && argv[1] != SX_FALSE && argv[1] != SX_A(undefined)))
        return sx_badarg(p, "localtime_to_universaltime: takes {{Year, Month, Day}, {Hour, Minute, Second}} from 1902 on, and true, false or undefined");
    struct tm tm = {.tm_year = (int)d.year - 1900, .tm_mon = d.month - 1, .tm_mday = d.day, .tm_hour = d.hour, .tm_min = d.minute, .tm_sec = d.second,
                    .tm_isdst = argv[1] == SX_TRUE ? 1 : argv[1] == SX_FALSE ? 0 : -1};
    time_t t = mktime(&tm);
    d = date_of((int64_t)t);
    return give_date_time(p, &d);
}

SX_PRIM_TABLE(erl_dates){&to_posix1_prim, &from_posix1_prim, &to_local1_prim, &to_universal2_prim, NULL};
