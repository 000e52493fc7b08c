%% num_oracle.erl - writes num_oracle.inc: what OTP answers for integer operations on chosen and random operands.
%% Run in this folder:  erlc num_oracle.erl && erl -noshell -s num_oracle main   (twenty rows per operation; pass -rows N for more)
-module(num_oracle).
-export([main/0]).

main() ->
    rand:seed(exsss, {1, 2, 3}),
    Rows = case init:get_argument(rows) of {ok, [[N]]} -> list_to_integer(N); error -> 20 end,
    {ok, F} = file:open("num_oracle.inc", [write, raw, delayed_write]),
    [row(F, Op) || Op <- [add, sub, mul, 'div', 'rem', 'band', 'bor', 'bxor', 'bsl', 'bsr', gcd, compare, float, fcompare, export, text36],
                   _ <- lists:seq(1, Rows)],
    file:close(F),
    halt().

row(F, Op) ->
    A = int(Op), B = operand(Op, A),
    file:write(F, io_lib:format("{\"~s\", \"~w\", \"~w\", \"~s\"},~n", [Op, A, B, apply_op(Op, A, B)])).

%% edges of smalls, limbs and doubles, or random of any length
int(_) ->
    Sign = rand:uniform(2) * 2 - 3,
    Sign * case rand:uniform(5) of
               1 -> rand:uniform(100) - 1;
               2 -> (1 bsl lists:nth(rand:uniform(9), [31, 52, 53, 54, 59, 60, 61, 64, 128])) + rand:uniform(5) - 3;
               3 -> rand:uniform(1 bsl rand:uniform(64));
               4 -> rand:uniform(1 bsl rand:uniform(300));
               5 -> (1 bsl rand:uniform(200)) - 1
           end.

operand(Op, _) when Op =:= 'bsl'; Op =:= 'bsr' -> rand:uniform(200) - 100;
operand(Op, _) when Op =:= export -> rand:uniform(20);
operand(Op, A) ->
    B = case rand:uniform(6) of 1 -> A; 2 -> -A; 3 -> A + 1; _ -> int(Op) end,
    case B of 0 when Op =:= 'div'; Op =:= 'rem' -> 7; _ -> B end.

apply_op(add, A, B) -> text(A + B);
apply_op(sub, A, B) -> text(A - B);
apply_op(mul, A, B) -> text(A * B);
apply_op('div', A, B) -> text(A div B);
apply_op('rem', A, B) -> text(A rem B);
apply_op('band', A, B) -> text(A band B);
apply_op('bor', A, B) -> text(A bor B);
apply_op('bxor', A, B) -> text(A bxor B);
apply_op('bsl', A, B) -> text(A bsl B);
apply_op('bsr', A, B) -> text(A bsr B);
apply_op(gcd, A, B) -> text(gcd(abs(A), abs(B)));
apply_op(compare, A, B) -> text(order(A, B));
apply_op(float, A, _) -> float_to_list(float(A), [short]);
apply_op(fcompare, A, B) -> text(order(A, float(B)));
apply_op(export, A, N) -> [io_lib:format("~2.16.0b", [X]) || <<X>> <= <<A:N/unit:8>>];
apply_op(text36, A, _) -> integer_to_list(A, 36).

text(I) -> integer_to_list(I).
gcd(A, 0) -> A;
gcd(A, B) -> gcd(B, A rem B).
order(A, B) when A < B -> -1;
order(A, B) when A > B -> 1;
order(A, B) when A == B -> 0.
