#!/usr/bin/perl
# program.pl - hostile input for the whole program: random bytes and mutated commands on its standard input. Checked: every load
# and eval, and everything that is no command, has exactly one reply, in order; plain commands in between are answered as they
# must be; nothing crashes, nothing hangs for good (what only runs long is interrupted, as a person would).
#   perl program.pl SXHOST REPLIES SECONDS SEED [BATCHES]
# REPLIES is the program of tests/unit/replies.c, which says what replies a stream is owed. Ends after SECONDS or BATCHES. A batch
# that fails stays in FUZZ_KEEP (the current folder unless told), and is one that its seed makes again.
use strict;
use warnings;
use IPC::Open2;

my ($sxhost, $oracle, $seconds, $seed, $batches) = @ARGV;
$batches ||= 1 << 30;
my $keep = $ENV{FUZZ_KEEP} || '.';
my $scratch = "$keep/batch";
my $INTERRUPT_AFTER = 3; # seconds without a byte
# A process that an earlier command linked to the evaluator may take it along while any later one is evaluated.
my $KILLED = qr/^\(error \d+ "exit: .* :class :exit .*:process "process <[\d.]+> :evaluator" :stack \[\]\}\)$/;
my $GIVE_UP_AFTER = $ENV{FUZZ_PATIENCE} || 60;
srand($seed);
$| = 1;
$SIG{PIPE} = 'IGNORE';

# Programs that are harmless in every mutation: no files, no halt, no service.
my @sources = (
    '(define (f x) (* 2 x))', '(f 21)', '(+ 1 2)', '[1 2 & [3]]', '{:a 1 "b" #(:ok 2)}', "'(a b (c))", '`(1 ,(+ 1 1) ,@[3 4])',
    '(let ((x 1) ([a & b] [2 3])) (list x a b))', '(match #(:ok 5) (#(:ok n) :when (> n 3) n) (_ :else))',
    '(match [1 2] ((= whole [_ _]) whole))', '(match (bin (5 8) ("ab" :binary)) ((bin (n 8) (r :binary)) #(n r)))',
    '(fn-match ((0 a) a) ((n a) :when (> n 0) (* n a)))', '(try (error :x) (catch (c r s) #(c r)) (after 1))', '(try (throw 1) (catch (:throw v _) v))',
    '(receive (:x 1) (after 0 :late))', '(do (send (self) [1 2]) (receive ([a b] (+ a b)) (after 10 0)))', '(spawn (fn () (error :child)))',
    '(spawn-link (fn () (exit :boom)))', '(do (define p (spawn (fn () (receive (:stop 1))))) (send p :stop))', '(monitor (spawn (fn () 1)))',
    '(defmacro (twice x) `(do ,x ,x))', '(twice (print "a"))', '(letrec ((e (fn (n) (if (= n 0) true (o (- n 1))))) (o (fn (n) (if (= n 0) false (e (- n 1)))))) (e 100))',
    '(for ((x [1 2 3]) :when (odd? x)) (* x x))', '(module shop {:export [#(:area 1)]} (fun area 1 ((r) (* r r))))', '(shop:area 3)', '(str "a" 1 :b [1 2])',
    '(map (fn (x) (* x x)) (range 0 20))', '(reduce + 0 [1 2 3])', '(sort [3 1 2])', '(split "a,b" ",")', '(join "-" ["a" "b"])', '(format "~p" 1)', '(inspect {:a [1 2]})',
    '(json-read "{\"a\": [1, 2.5, null]}")', '(json-write {"a" [1 2]})', '(* 99999999999999999999 99999999999999999999)', '(div 7 0)', '(->> [1 2 3] (map inc) (reduce + 0))',
    '(register :me (self))', '(lists:map (fn (x) x) [1 2])', '(erlang:binary_to_term (erlang:term_to_binary [1 2.5 "x" {:a 1}]))', '(process-info (self))', '(quit)', '#\\a', '"\\u{1F600}"',
    '(doc map)', '(macroexpand (quote (when 1 2)))', '(eval (quote (+ 1 2)))', '(cond (false 1) (true 2))', '(with ((#(:ok x) #(:ok 1))) x (else (_ 0)))', '(print "text\n")', '(exit :normal)', '(nth [1 2] 1)',
);
my @erlang = (
    'X = 1, X + 2.', '[X * X || X <- [1,2,3], X > 1].', 'case {ok, 1} of {ok, N} when N > 0 -> N; _ -> none end.', 'F = fun(0) -> 1; (N) -> N end, F(5).', '<<1:8, 2:16/little, "abc">>.',
    '<<A:4, B/bitstring>> = <<255, 1>>, {A, B}.', '#{a => 1, "b" => [2]}.', 'try throw(x) catch throw:Y -> {caught, Y} after ok end.', 'receive {a, M} -> M after 0 -> late end.',
    'maps:get(a, #{a => 1}).', 'lists:sort([3,1,2]).', 'if 1 > 2 -> a; true -> b end.', 'spawn(fun() -> exit(boom) end).', 'begin A = [1|[2]], hd(A) end.', '"string" ++ [$a].', '1.5e3 / 2.', '16#ff bsl 2.', 'catch 1/0.',
    'atom_to_list(hello).', 'binary:split(<<"a,b">>, <<",">>).', 'io_lib:format("~p ~s", [1, "x"]).', 'fun lists:map/2.', '[{K, V} || K := V <- #{a => 1}].', 'X = #{}, X#{a => 1}.',
);
my @tokens = ('(', ')', '[', ']', '{', '}', '"', '"""', "'", '`', ',', ',@', '^', '#(', '#|', '|#', '#;', '#\\', '&', ' ', "\n", ';', '\\', '.', ':', '_', "\0", "\xff", "\xc3", "\xc3\xa4", "\xf0\x9f\x98\x80",
    '0', '-1', '99999999999999999999', '1.5', 'nil', 'true', ':when', 'fn', 'let', 'match', '->', '=>', '||', '<<', '>>', 'end', 'when', '$', '(epoch 3)', "\n(epoch 5)\n", "\n(ping)\n", '(describe)', "\n(eval \"1\")", '(load "x")');
my @commands = ('(load "lib/none.sx")', '(load "/")', '(ping)', '(describe)', '(processes)', '(epoch 7)', '(evil 1)', '(eval)', '(interrupt)', '42', ':word', '()', '(eval """ [1] """)', "#| (eval \"1\") |#", '#;(eval "1")', '; (eval "1")');

sub any_of { $_[int rand @_] }
sub mutated { # one to six changes of a kind each
    my $text = shift;
    for (1 .. 1 + int rand 6) {
        my $at = int rand(1 + length $text);
        my $kind = int rand 7;
        if ($kind == 0) { substr($text, $at, 1 + int rand 4) = '' if $at < length $text }
        elsif ($kind == 1) { substr($text, $at, 0) = any_of(@tokens) }
        elsif ($kind == 2) { substr($text, $at, 1) = chr int rand 256 if $at < length $text }
        elsif ($kind == 3) { substr($text, $at, 0) = substr($text, int rand(1 + length $text), int rand 20) }
        elsif ($kind == 4) { substr($text, $at, 0) = any_of(@tokens) x int rand 30 }
        elsif ($kind == 5) { my $other = any_of(@sources); substr($text, $at, 0) = substr($other, int rand length $other) }
        else { $text = substr($text, 0, $at) . any_of(@tokens) . substr($text, $at) }
    }
    return $text;
}
sub quoted { my $s = shift; $s =~ s/([\\"])/\\$1/g; return "\"$s\"" }
sub evaluation { my $s = shift; return '(eval ' . quoted($s) . ')' }
sub bytes { join '', map { chr int rand 256 } 1 .. 1 + int rand 200 }

sub item {
    my $kind = int rand 10;
    my $text =
        $kind < 4 ? evaluation(mutated(any_of(@sources)))
      : $kind < 6 ? evaluation('(erlang-eval-ast ' . quoted(mutated(any_of(@erlang))) . ')')
      : $kind < 8 ? mutated(evaluation(any_of(@sources)))
      : $kind < 9 ? mutated(any_of(@commands))
      :             bytes();
    my $open = () = $text =~ /#\|/g;
    return $text . "\n|#" x $open;
}

my $label = 1000;
my %plain; # labels of commands whose replies are known
sub batch {
    my $text = '';
    for (1 .. 30) {
        $label++;
        $text .= "\n(epoch $label)\n" . item();
        next if rand() < 0.7;
        $label++;
        $plain{$label} = 1;
        $text .= "\n(epoch $label)\n(eval \"$label\")";
    }
    $label++;
    $plain{$label} = 1;
    return "$text\n(epoch $label)\n(eval \"$label\")\n";
}

my $pid = open2(my $out, my $in, $sxhost, '--limit', 'max_heap_bytes=67108864', '--limit', 'max_processes=5000');
binmode $in;
binmode $out;
my $pending = ''; # output that is no whole line yet

sub fail {
    my $why = shift;
    print "seed $seed: $why\nits input is $scratch\n";
    kill 'KILL', $pid;
    exit 1;
}

# More output; at first an interrupt of what keeps us waiting, in the end a failure.
sub more {
    my $due = shift;
    my $waited = 0;
    for (;;) {
        my $set = '';
        vec($set, fileno $out, 1) = 1;
        if (select(my $ready = $set, undef, undef, $INTERRUPT_AFTER)) {
            my $n = sysread $out, $pending, 65536, length $pending;
            fail('the program ended') if !$n;
            return;
        }
        $waited += $INTERRUPT_AFTER;
        fail("no reply for $due in $waited seconds") if $waited >= $GIVE_UP_AFTER;
        syswrite $in, "(interrupt $due)\n";
    }
}

my ($n_batches, $n_replies, $until) = (0, 0, time + $seconds);
until ($pending =~ /^\(ready [^\n]*\n/) { more(0) }
$pending = '';
while (time < $until && $n_batches < $batches) {
    my $text = batch();
    open my $file, '>:raw', $scratch or die "$scratch: $!";
    print $file $text;
    close $file;
    my @due = map { chomp; $_ } `"$oracle" <"$scratch"`;
    next if !@due || $due[-1] ne $label || grep { $_ eq 'quit' } @due; # ends inside a comment, or ends all
    $n_batches++;
    for (my $at = 0; $at < length $text;) { # small enough for the pipe: no deadlock of two writers
        my $n = syswrite $in, substr($text, $at, 4096);
        fail('the program takes no input') if !defined $n;
        $at += $n;
    }
    while (@due) {
        my $end;
        more($due[0]) while ($end = index $pending, "\n") < 0;
        my $line = substr $pending, 0, $end + 1, '';
        chomp $line;
        if ($line =~ /^\(ok-len (\d+) (\d+)\)$/) {
            more($due[0]) while length $pending <= $2;
            substr($pending, 0, $2 + 1) = '';
        } elsif ($line =~ /^\(error \d+ "nothing of epoch \d+ is being evaluated"/) { # an interrupt of ours came too late
            next;
        } elsif ($line !~ /^\((?:ok|error|parked) (\d+) /) {
            fail("a line that is none: $line") if $line !~ /^\((?:out|err|pong|description|process-table|interrupted|listening) /;
            next;
        }
        $line =~ /^\(\S+ (\d+)/;
        fail("wanted a reply for $due[0], got: $line") if $1 ne $due[0];
        fail("wanted (ok $1 $1), got: $line") if delete $plain{$1} && $line ne "(ok $1 $1)" && $line !~ $KILLED;
        shift @due;
        $n_replies++;
    }
}
close $in;
my $rest = $pending;
while (sysread $out, my $bytes, 65536) { $rest .= $bytes }
waitpid $pid, 0;
fail("it ended with status $?") if $? != 1 << 8 && $? != 0;
fail("more than it owed: $1") if $rest =~ /^(\((?:ok|error|parked).*)/m;
print "$n_batches batches, $n_replies replies, seed $seed\n";
fail('nothing was run') if !$n_replies;
unlink $scratch;
