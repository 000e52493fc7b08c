#!/usr/bin/perl
# interrupt.pl - how long `(interrupt N)` takes to its `error` reply, seen from the other end of the pipe: an endless loop, a
# receive that never ends, a flood of output that is read all the time. Prints a line each; exits 1 when an interrupt was not
# answered, or the session is not as it was.
#   interrupt.pl SXHOST [ROUNDS]
use strict;
use warnings;
use IPC::Open2;
use Time::HiRes qw(time sleep);

my ($program, $rounds) = (@ARGV, 50);
my $target_ms = 50;
my @cases = (
    ['an endless loop', '(letrec ((f (fn () (f)))) (f))'],
    ['a receive that never ends', '(receive (:never 1))'],
    ['a flood of output', '(letrec ((f (fn () (do (println \"flood\") (f))))) (f))'],
);

my $pid = open2(my $from, my $to, $program);
my ($text, $epoch) = ('', 0);
sub order { syswrite($to, "@_\n") or die "interrupt.pl: the host does not read: $!\n" }

# Read until a line begins as the pattern says; what stands before it is forgotten. A reader that is slow would be measured itself.
sub await {
    my ($pattern) = @_;
    local $SIG{ALRM} = sub { die "interrupt.pl: no $pattern\n" };
    alarm 30;
    my $end;
    until ($text =~ /^$pattern.*\n/m and $end = $+[0]) {
        substr($text, 0, rindex($text, "\n") + 1) = '';
        sysread($from, $text, 1 << 20, length $text) or die "interrupt.pl: the host ended\n";
    }
    substr($text, 0, $end) = '';
    alarm 0;
}

await(qr/\(ready /);
order('(eval "(register :evaluator (self))")');
await(qr/\(ok 0 true\)/);
for my $case (@cases) {
    my ($name, $source) = @$case;
    my @ms;
    for (1 .. $rounds) {
        $epoch++;
        order("(epoch $epoch)\n(eval \"(do (println \\\"begun\\\") $source)\")");
        await(qr/\(out $epoch "begun/);
        sleep(0.005);
        my $start = time;
        order("(interrupt $epoch)");
        await(qr/\(error $epoch "interrupted"/);
        push @ms, 1000 * (time - $start);
        order('(eval "(= (self) (whereis :evaluator))")');
        await(qr/\(ok $epoch true\)/);
    }
    @ms = sort { $a <=> $b } @ms;
    printf "interrupt of %-26s %8.2f ms median %8.2f ms longest of %d %4d ms target\n", $name, $ms[$#ms / 2], $ms[-1], $rounds, $target_ms;
}
close $to;
waitpid $pid, 0;
exit($? == 256 ? 0 : 1); # the replies were errors
