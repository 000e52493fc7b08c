%% rand.erl - pseudo random numbers: the same algorithms, seeds and therefore numbers as OTP's.
%% A state is {Algorithm, State of it}. An algorithm is a map: `next` makes an integer and a state; `bits` says how many bits
%% the integer has and `weak_low_bits` how many of the low ones are poor. The old ones (exs64, exsplus, exs1024) have `max`
%% instead and keep their old ways. Where `uniform` and `uniform_n` are, they are used.
%% The process dictionary's rand_seed holds the state of the functions that are not given one.
%% Sources: Blackman and Vigna, xoshiro.di.unimi.it (xoroshiro, xorshift116+, xorshift1024*, scramblers, SplitMix64).
-module(rand).

-export([seed/1, seed/2, seed_s/1, seed_s/2, export_seed/0, export_seed_s/1, uniform/0, uniform/1, uniform_s/1,
         uniform_s/2, uniform_real/0, uniform_real_s/1, bytes/1, bytes_s/2, jump/0, jump/1, normal/0, normal/2,
         normal_s/1, normal_s/3]).
-export([exsp_next/1, exsp_jump/1, splitmix64_next/1, exro928_seed/1, exro928_next/1, exro928_next_state/1,
         exro928_jump_2pow512/1, exro928_jump_2pow20/1, mwc59/1, mwc59_value32/1, mwc59_value/1, mwc59_float/1,
         mwc59_seed/0, mwc59_seed/1, seed58/2]).

-export_type([builtin_alg/0, alg/0, alg_handler/0, alg_state/0, state/0, export_state/0, seed/0]).
-type builtin_alg() :: exsss | exro928ss | exrop | exs1024s | exsp | exs64 | exsplus | exs1024 | dummy.
-type alg() :: builtin_alg() | atom().
-type alg_handler() :: map().
-type alg_state() :: term().
-type state() :: {alg_handler(), alg_state()}.
-type export_state() :: {alg(), alg_state()}.
-type seed() :: [integer()] | integer() | {integer(), integer(), integer()}.

-define(DEFAULT, exsss).
-define(KEY, rand_seed).
-define(MASK58, 16#3ffffffffffffff).
-define(MASK64, 16#ffffffffffffffff).
-define(TWO_POW_MINUS53, 1.11022302462515657e-16).

%% ---- states ------------------------------------------------------------------------------------------------

algorithm(exsss) ->
    #{type => exsss, bits => 58, next => fun exsss_next/1, uniform => fun exsss_uniform/1,
      uniform_n => fun exsss_uniform/2, jump => fun exsplus_jump/1};
algorithm(exsp) ->
    #{type => exsp, bits => 58, weak_low_bits => 1, next => fun exsp_next/1, uniform => fun exsp_uniform/1,
      uniform_n => fun exsp_uniform/2, jump => fun exsplus_jump/1};
algorithm(exrop) ->
    #{type => exrop, bits => 58, weak_low_bits => 1, next => fun exrop_next/1, uniform => fun exrop_uniform/1,
      uniform_n => fun exrop_uniform/2, jump => fun exrop_jump/1};
algorithm(exro928ss) ->
    #{type => exro928ss, bits => 58, next => fun exro928ss_next/1, uniform => fun exro928ss_uniform/1,
      uniform_n => fun exro928ss_uniform/2, jump => fun exro928_jump/1};
algorithm(exs1024s) ->
    #{type => exs1024s, bits => 64, weak_low_bits => 3, next => fun exs1024_next/1, jump => fun exs1024_jump/1};
algorithm(exs1024) -> #{type => exs1024, max => ?MASK64, next => fun exs1024_next/1, jump => fun exs1024_jump/1};
algorithm(exsplus) -> #{type => exsplus, max => ?MASK58, next => fun exsp_next/1, jump => fun exsplus_jump/1};
algorithm(exs64) -> #{type => exs64, max => ?MASK64, next => fun exs64_next/1};
algorithm(dummy) ->
    #{type => dummy, bits => 58, next => fun dummy_next/1, uniform => fun dummy_uniform/1,
      uniform_n => fun dummy_uniform/2}.

seed(AlgOrState) -> keep(seed_s(AlgOrState)).
seed(Alg, Seed) -> keep(seed_s(Alg, Seed)).

seed_s({Alg, _} = State) when is_map(Alg) -> State;
seed_s({Alg, State}) when is_atom(Alg) -> {algorithm(Alg), State};
seed_s(Alg) -> seed_s(Alg, any_seed()).

seed_s(default, Seed) -> seed_s(?DEFAULT, Seed);
seed_s(Alg, Seed) ->
    Handler = algorithm(Alg),
    {Handler, first_state(Alg, Seed)}.

any_seed() -> {erlang:phash2([{node(), self()}]), erlang:system_time(), erlang:unique_integer()}.

export_seed() ->
    case get(?KEY) of
        {#{type := Alg}, State} -> {Alg, State};
        _ -> undefined
    end.

export_seed_s({#{type := Alg}, State}) -> {Alg, State}.

keep(State) ->
    put(?KEY, State),
    State.

kept() ->
    case get(?KEY) of
        undefined -> seed(?DEFAULT);
        State -> State
    end.

answer({X, State}) ->
    keep(State),
    X.

first_state(exs1024s, Seed) -> first_state(exs1024, Seed);
first_state(exs1024, L) when is_list(L) -> {given(16, L, ?MASK64), []};
first_state(exs1024, X) when is_integer(X) -> {seed64(16, X), []};
first_state(exs1024, {A, B, C}) ->
    Mask21 = 16#1fffff,
    [A1, B1, C1] = [((V band Mask21) + 1) * By band Mask21 || {V, By} <- [{A, 2097131}, {B, 2097133}, {C, 2097143}]],
    {gen1024(16, (A1 bsl 43) bor (B1 bsl 22) bor (C1 bsl 1) bor 1, []), []};
first_state(exs64, L) when is_list(L) -> hd(given(1, L, ?MASK64));
first_state(exs64, X) when is_integer(X) -> hd(seed64(1, X));
first_state(exs64, {A, B, C}) ->
    [A1, B1, C1] = [element(1, exs64_next((V band 16#ffffffff) * By + 1))
                    || {V, By} <- [{A, 4294967197}, {B, 4294967231}, {C, 4294967279}]],
    A1 * B1 * C1 rem (?MASK64 - 1) + 1;
first_state(exro928ss, Seed) -> exro928_seed(Seed);
first_state(dummy, Seed) -> dummy_seed(Seed);
first_state(_, L) when is_list(L) -> pair(given(2, L, ?MASK58));
first_state(_, X) when is_integer(X) -> pair(seed58(2, X));
first_state(exsss, {A, B, C}) ->
    {_, X} = seed58(A),
    {S0, X0} = seed58(B bxor X),
    {S1, _} = seed58(C bxor X0),
    [S0 | S1];
first_state(exrop, {A, B, C}) ->
    [_ | S1] = exrop_step(spread(A, 4294967197), spread(B, 4294967231)),
    exrop_step(spread(C, 4294967279), S1);
first_state(_, {A, B, C}) ->
    {_, [_ | S1]} = exsp_next([spread(A, 4294967197) | spread(B, 4294967231)]),
    {_, S} = exsp_next([spread(C, 4294967279) | S1]),
    S.

pair([A, B]) -> [A | B].

spread(X, By) -> X * By + 1 band ?MASK58.

gen1024(0, _, L) -> L;
gen1024(N, R, L) ->
    {X, R1} = exs64_next(R),
    gen1024(N - 1, R1, [X | L]).

%% N words from the integers of a seed; what is missing is 0, but not all may be.
given(N, L, Mask) -> given(N, L, Mask, false).

given(_, [], _, false) -> error(zero_seed);
given(0, [_ | _], _, _) -> error(too_many_seed_integers);
given(N, [], _, true) -> lists:duplicate(N, 0);
given(N, [X | L], Mask, Some) when is_integer(X) ->
    V = X band Mask,
    [V | given(N - 1, L, Mask, Some orelse V =/= 0)];
given(_, _, _, _) -> error(non_integer_seed).

%% N words other than 0 that follow from X.
seed58(0, _) -> [];
seed58(N, X) ->
    {V, X1} = seed58(X),
    [V | seed58(N - 1, X1)].

seed58(X) ->
    case splitmix64_next(X) of
        {V, X1} when V band ?MASK58 =:= 0 -> seed58(X1);
        {V, X1} -> {V band ?MASK58, X1}
    end.

seed64(0, _) -> [];
seed64(N, X) ->
    case splitmix64_next(X) of
        {0, X1} -> seed64(N, X1);
        {V, X1} -> [V | seed64(N - 1, X1)]
    end.

splitmix64_next(X0) ->
    X = (X0 + 16#9e3779b97f4a7c15) band ?MASK64,
    A = (X bxor (X bsr 30)) * 16#bf58476d1ce4e5b9 band ?MASK64,
    B = (A bxor (A bsr 27)) * 16#94d049bb133111eb band ?MASK64,
    {B bxor (B bsr 31), X}.

%% ---- numbers -------------------------------------------------------------------------------------------------

uniform() -> answer(uniform_s(kept())).
uniform(N) -> answer(uniform_s(N, kept())).

%% 0.0 =< X < 1.0
uniform_s({#{uniform := F}, _} = State) -> F(State);
uniform_s({#{bits := Bits, next := Next} = Alg, S}) ->
    {V, S1} = Next(S),
    {(V bsr (Bits - 53)) * ?TWO_POW_MINUS53, {Alg, S1}};
uniform_s({#{max := Max, next := Next} = Alg, S}) ->
    {V, S1} = Next(S),
    {V / (Max + 1), {Alg, S1}}.

%% 1 =< X =< N
uniform_s(N, {#{uniform_n := F}, _} = State) when is_integer(N), N >= 1 -> F(N, State);
uniform_s(N, {#{bits := _, next := Next}, S} = State) when is_integer(N), N >= 1 -> in_range(N, State, Next(S));
uniform_s(N, {#{max := Max, next := Next} = Alg, S}) when is_integer(N), N >= 1 ->
    {V, S1} = Next(S),
    if N =< Max -> {V rem N + 1, {Alg, S1}};
       true -> {trunc(V / (Max + 1) * N) + 1, {Alg, S1}}
    end.

%% 1..N from the number V that was made last. Numbers at the end of the generator's range that would make some answers
%% likelier are thrown away.
in_range(N, {#{bits := Bits} = Alg, _} = State, {V, S}) when N =< 1 bsl Bits ->
    if V < N -> {V + 1, {Alg, S}};
       true ->
            I = V rem N,
            if V - I =< (1 bsl Bits) - N -> {I + 1, {Alg, S}};
               true -> uniform_s(N, setelement(2, State, S))
            end
    end;
in_range(N, {Alg, _}, {V, S}) -> in_large_range(N, Alg, V, S).

%% N is larger than what the generator makes at once: several numbers are put together, without their weak bits.
in_large_range(N, #{bits := Bits, next := Next} = Alg, V, S) ->
    Weak = maps:get(weak_low_bits, Alg, 0),
    case N band (N - 1) of
        0 ->
            {V1, S1, _} = longer(N bsr Bits, Next, S, V, Weak, Bits - Weak, Bits),
            {(V1 band (N - 1)) + 1, {Alg, S1}};
        _ ->
            {V1, S1, B} = longer(N bsr (Bits - 2), Next, S, V, Weak, Bits - Weak, Bits),
            I = V1 rem N,
            if V1 - I =< (1 bsl B) - N -> {I + 1, {Alg, S1}};
               true ->
                    {V2, S2} = Next(S1),
                    in_large_range(N, Alg, V2, S2)
            end
    end.

longer(N, _, S, V, _, _, Bits) when N =< 1 -> {V, S, Bits};
longer(N, Next, S, V, Weak, Step, Bits) ->
    {V1, S1} = Next(S),
    longer(N bsr Step, Next, S1, ((V band bnot ((1 bsl Weak) - 1)) bsl Step) bor V1, Weak, Step, Bits + Step).

uniform_real() -> answer(uniform_real_s(kept())).

%% 0.0 < X < 1.0 with 53 significant bits however small it is: 56 bits at a time until one of them is set.
uniform_real_s({#{next := Next} = Alg, S}) ->
    {V, S1} = Next(S),
    case bits56(Alg, V) of
        M when M >= 1 bsl 52 -> {exactly53(M, -56), {Alg, S1}};
        M ->
            {V2, S2} = Next(S1),
            more_real(Alg, Next, M, -56, S2, V2)
    end.

%% A number's 56 high bits; of an old algorithm the low ones, as nothing is said of them.
bits56(#{bits := Bits}, V) -> V bsr (Bits - 56);
bits56(#{max := _}, V) -> V band 16#ffffffffffffff.

%% M * 2^Exponent without the bits beyond 53; M has 53 to 56.
exactly53(M, Exponent) ->
    Extra = bit_count(M) - 53,
    (M bsr Extra) * math:pow(2.0, Exponent + Extra).

bit_count(0) -> 0;
bit_count(M) -> 1 + bit_count(M bsr 1).

%% M has fewer than 53 bits: the missing ones come from V, or, when M is 0, V takes its place one word further down.
more_real(Alg, Next, 0, Exponent, S, V) ->
    M = bits56(all_bits(Alg), all_bits(Alg, V)),
    if M >= 1 bsl 52 -> {exactly53(M, Exponent - 56), {Alg, S}};
       Exponent =:= -1008, M < 1 bsl 42 -> uniform_real_s({Alg, S});
       true ->
            {V1, S1} = Next(S),
            more_real(Alg, Next, M, Exponent - 56, S1, V1)
    end;
more_real(Alg, _, M, Exponent, S, V) ->
    Missing = 53 - bit_count(M),
    {((M bsl Missing) bor (all_bits(Alg, V) bsr (word_bits(Alg) - Missing))) * math:pow(2.0, Exponent - Missing), {Alg, S}}.

word_bits(#{bits := Bits}) -> Bits;
word_bits(#{max := _}) -> 56.

all_bits(#{bits := _} = Alg) -> Alg;
all_bits(#{max := _}) -> #{bits => 56}.

all_bits(#{bits := _}, V) -> V;
all_bits(#{max := _}, V) -> V band 16#ffffffffffffff.

bytes(N) -> answer(bytes_s(N, kept())).

%% Of each number as many whole bytes as its good bits fill, from the high end; of the last one bytes from the low end of
%% those, the weak bits counted in: such are the published sequences.
bytes_s(N, {Alg, S}) when is_integer(N), N >= 0 ->
    {Bits, Weak} = case Alg of
                       #{bits := B} -> {B, maps:get(weak_low_bits, Alg, 0)};
                       #{max := Max} when Max >= ?MASK58 -> {58, 2}
                   end,
    Good = (Bits - Weak) div 8,
    more_bytes(N, Alg, S, Good, Bits - 8 * Good, []).

more_bytes(N, #{next := Next} = Alg, S, Good, Shift, Acc) ->
    {V, S1} = Next(S),
    if N > Good -> more_bytes(N - Good, Alg, S1, Good, Shift, [<<(V bsr Shift):(8 * Good)>> | Acc]);
       true ->
            Last = <<(V bsr (8 * (Good - N))):(8 * N)>>,
            {iolist_to_binary(lists:reverse(Acc, [Last])), {Alg, S1}}
    end.

jump() -> keep(jump(kept())).

jump({#{jump := F}, _} = State) -> F(State);
jump({#{}, _}) -> error(not_implemented).

%% ---- the normal distribution: Marsaglia and Tsang's ziggurat -----------------------------------------------------

-define(RIGHT, 3.6541528853610087963519472518). % where the tail begins

normal() -> answer(normal_s(kept())).
normal(Mean, Variance) -> Mean + math:sqrt(Variance) * normal().

normal_s(Mean, Variance, State) when Variance > 0 ->
    {X, State1} = normal_s(State),
    {Mean + math:sqrt(Variance) * X, State1}.

normal_s(State) ->
    {Sign, R, State1} = sign_and_51(State),
    Layer = R band 255,
    X = R * rand_normal:width(Layer),
    Signed = if Sign =:= 0 -> X; true -> -X end,
    case R < rand_normal:inside(Layer) of
        true -> {Signed, State1};
        false when Layer =:= 0 -> tail(Sign, State1);
        false -> edge(Layer, Signed, State1)
    end.

sign_and_51({#{bits := Bits, next := Next} = Alg, S}) ->
    {V, S1} = Next(S),
    {(1 bsl (Bits - 52)) band V, V bsr (Bits - 51), {Alg, S1}};
sign_and_51({#{next := Next} = Alg, S}) ->
    {V, S1} = Next(S),
    {(1 bsl 51) band V, V band ((1 bsl 51) - 1), {Alg, S1}}.

tail(Sign, State) ->
    {U0, State1} = uniform_s(State),
    X = -1 / ?RIGHT * math:log(U0),
    {U1, State2} = uniform_s(State1),
    Y = -math:log(U1),
    if Y + Y =< X * X -> tail(Sign, State2);
       Sign =:= 0 -> {?RIGHT + X, State2};
       true -> {-?RIGHT - X, State2}
    end.

edge(Layer, X, State) ->
    Upper = rand_normal:density(Layer),
    {U, State1} = uniform_s(State),
    case (rand_normal:density(Layer - 1) - Upper) * U + Upper < math:exp(-0.5 * X * X) of
        true -> {X, State1};
        false -> normal_s(State1)
    end.

%% ---- exsp, exsss: xorshift116, plus or star-star --------------------------------------------------------------------

xorshift116(S0, S1) ->
    A = (S1 band ?MASK58) bxor ((S1 bsl 24) band ?MASK58),
    A bxor S0 bxor (A bsr 11) bxor (S0 bsr 41).

%% * 5, rotated by 7, * 9
starstar(S) ->
    A = S + ((S bsl 2) band ?MASK58),
    B = ((A bsl 7) band ?MASK58) bor ((A bsr 51) band 127),
    (B + ((B bsl 3) band ?MASK58)) band ?MASK58.

exsp_next([S1 | S]) ->
    S0 = S band ?MASK58,
    New = xorshift116(S0, S1),
    {(S0 + New) band ?MASK58, [S0 | New]}.

exsss_next([S1 | S]) ->
    S0 = S band ?MASK58,
    {starstar(S0), [S0 | xorshift116(S0, S1)]}.

exsp_uniform({Alg, S}) -> fraction(Alg, exsp_next(S)).
exsp_uniform(N, {_, S} = State) -> in_range(N, State, exsp_next(S)).
exsss_uniform({Alg, S}) -> fraction(Alg, exsss_next(S)).
exsss_uniform(N, {_, S} = State) -> in_range(N, State, exsss_next(S)).

fraction(Alg, {V, S}) -> {(V bsr 5) * ?TWO_POW_MINUS53, {Alg, S}}.

exsplus_jump({Alg, S}) -> {Alg, exsp_jump(S)}.

%% As far as 2^64 steps.
exsp_jump(S) ->
    {S1, Sum} = exsp_jump(S, [0 | 0], 16#02f8ea6bc32c797, 58),
    {_, Sum1} = exsp_jump(S1, Sum, 16#345d2a0f85f788c, 58),
    Sum1.

exsp_jump(S, Sum, _, 0) -> {S, Sum};
exsp_jump([S0 | S1] = S, [A0 | A1] = Sum, J, N) ->
    {_, Next} = exsp_next(S),
    exsp_jump(Next, case J band 1 of 1 -> [A0 bxor S0 | A1 bxor S1]; 0 -> Sum end, J bsr 1, N - 1).

%% ---- exrop: xoroshiro116+ ---------------------------------------------------------------------------------------------

rotl58(X, N) -> ((X bsl N) band ?MASK58) bor (X bsr (58 - N)).

exrop_step(S0, S1) ->
    A = S1 bxor S0,
    [rotl58(S0, 24) bxor A bxor ((A bsl 2) band ?MASK58) | rotl58(A, 35)].

exrop_next([S0 | S1]) -> {(S0 + S1) band ?MASK58, exrop_step(S0, S1)}.

exrop_uniform({Alg, S}) -> fraction(Alg, exrop_next(S)).
exrop_uniform(N, {_, S} = State) -> in_range(N, State, exrop_next(S)).

exrop_jump({Alg, S}) -> {Alg, exrop_jump(S, 0, 0, 16#9863200f83fcd4a11293241fcb12a, 116)}.

exrop_jump(_, A0, A1, _, 0) -> [A0 | A1];
exrop_jump([S0 | S1], A0, A1, J, N) ->
    Next = exrop_step(S0, S1),
    case J band 1 of
        1 -> exrop_jump(Next, A0 bxor S0, A1 bxor S1, J bsr 1, N - 1);
        0 -> exrop_jump(Next, A0, A1, J bsr 1, N - 1)
    end.

%% ---- exs64, exs1024: xorshift64*, xorshift1024* -------------------------------------------------------------------------

exs64_next(R) ->
    A = R bxor (R bsr 12),
    B = A bxor ((A bsl 25) band ?MASK64),
    C = B bxor (B bsr 27),
    {C * 2685821657736338717 band ?MASK64, C}.

%% {Words to come, words that are done, last first}: a ring of 16.
exs1024_next({[S0, S1 | L], Done}) ->
    A = S1 bxor ((S1 bsl 31) band ?MASK64),
    New = S0 bxor (S0 bsr 30) bxor A bxor (A bsr 11),
    {New * 1181783497276652981 band ?MASK64, {[New | L], [S0 | Done]}};
exs1024_next({[S], Done}) -> exs1024_next({[S | lists:reverse(Done)], []}).

%% 58 bits of the jump polynomial in each word, low ones first.
exs1024_jump({Alg, {L, Done} = S}) ->
    Words = [16#00242f96eca9c41d, 16#0196e1ddbe5a1561, 16#0239f070b5837a3c, 16#03f393cc68796cd2, 16#0248316f404489af,
             16#039a30088bffbac2, 16#02fea70dc2d9891f, 16#032ae0d9644caec4, 16#0313aac17d8efa43, 16#02f132e055642626,
             16#01ee975283d71c93, 16#00552321b06f5501, 16#00c41d10a1e6a569, 16#019158ecf8aa1e44, 16#004e9fc949d0b5fc,
             16#0363da172811fdda, 16#030e38c3b99181f2, 16#0000000a118038fc],
    Bits = [W bsr I band 1 || W <- Words, I <- lists:seq(0, 57)],
    Sum = exs1024_jump(lists:sublist(Bits, 1024), S, lists:duplicate(16, 0)),
    {First, Rest} = lists:split(16 - length(Done), Sum),
    true = length(First) =:= length(L),
    {Alg, {First, lists:reverse(Rest)}}.

exs1024_jump([], _, Sum) -> Sum;
exs1024_jump([Bit | Bits], {L, Done} = S, Sum) ->
    Sum1 = case Bit of
               1 -> lists:zipwith(fun(A, B) -> A bxor B end, Sum, L ++ lists:reverse(Done));
               0 -> Sum
           end,
    {_, S1} = exs1024_next(S),
    exs1024_jump(Bits, S1, Sum1).

%% ---- exro928ss: xoroshiro928** -------------------------------------------------------------------------------------------

exro928_seed(L) when is_list(L) -> {given(16, L, ?MASK58), []};
exro928_seed(X) when is_integer(X) -> {seed58(16, X), []};
exro928_seed({A, B, C}) ->
    {S0, X0} = seed58(A),
    {S1, X1} = seed58(B bxor X0),
    {S2, X2} = seed58(C bxor X1),
    {[S0, S1, S2 | seed58(13, X2)], []}.

exro928ss_next(S) ->
    {{_, S0}, S1} = exro928_next(S),
    {starstar(S0), S1}.

%% {{Last word, first word}, State}
exro928_next({[S15, S0 | L], Done}) -> {{S15, S0}, exro928_step(L, Done, S15, S0)};
exro928_next({[S15], Done}) -> exro928_next({[S15 | lists:reverse(Done)], []}).

exro928_next_state(S) -> element(2, exro928_next(S)).

exro928_step(L, Done, S15, S) ->
    S0 = S band ?MASK58,
    Q = (S15 band ?MASK58) bxor S0,
    {[rotl58(Q, 45) | L], [rotl58(S0, 44) bxor Q bxor ((Q bsl 9) band ?MASK58) | Done]}.

exro928ss_uniform({Alg, S}) -> fraction(Alg, exro928ss_next(S)).
exro928ss_uniform(N, {_, S} = State) -> in_range(N, State, exro928ss_next(S)).

exro928_jump({Alg, S}) -> {Alg, exro928_jump_2pow512(S)}.

exro928_jump_2pow512(S) ->
    exro928_jump(S, [16#4085302F77130CA, 16#54E07F7F4524091, 16#5E1D7D6813D2BA0, 16#4687ACEF8644287, 16#4567FD9F0B83FE5,
                     16#43E6D27EA06C024, 16#641E015AC26D5D2, 16#6CD61377663B92F, 16#70A0657E19F00D4, 16#43C0BDDE15CF3C3,
                     16#745A3A8A3CEF3CC, 16#58A8CF308C8E0C6, 16#7B7C4CC049C536E, 16#431801F9DB3AF2C, 16#41A1504ACD83F24,
                     16#6C41DCF2F867D7F]).

exro928_jump_2pow20(S) ->
    exro928_jump(S, [16#5B966A3DAF905E6, 16#601E9589C33DE2F, 16#74A806C17E9E644, 16#59AFEB4F1DF6A43, 16#46D8E75664A4268,
                     16#42E2C246BDA670C, 16#4531FB8EBC73C70, 16#537F702069EFC52, 16#4B6DC4D3AF15F8A, 16#5A4189F0050263D,
                     16#46DF2EB1FEAF0FB, 16#77AC696A43CB9AC, 16#4C5878C3549BD5B, 16#7CCF20BCF522920, 16#415FEFCC78FF45E,
                     16#72CF460728C2FAF]).

%% Each word holds 58 bits of the polynomial and a 1 above them.
exro928_jump({L, Done} = S, Words) ->
    Bits = [W bsr I band 1 || W <- Words, I <- lists:seq(0, 57)],
    {exro928_sum(Bits, S, lists:duplicate(length(L) + length(Done), 0)), []}.

exro928_sum([], _, Sum) -> Sum;
exro928_sum([Bit | Bits], {L, Done} = S, Sum) ->
    Sum1 = case Bit of
               1 -> lists:zipwith(fun(A, B) -> A bxor B end, Sum, L ++ lists:reverse(Done));
               0 -> Sum
           end,
    exro928_sum(Bits, exro928_next_state(S), Sum1).

%% ---- dummy: no randomness, for measuring --------------------------------------------------------------------------------

dummy_next(R) -> {R, R bxor ?MASK58}.
dummy_uniform({Alg, R}) -> {0.5, {Alg, R bxor ?MASK58}}.
dummy_uniform(_, {Alg, R}) -> {1, {Alg, R bxor ?MASK58}}.

dummy_seed([]) -> error(zero_seed);
dummy_seed([X]) when is_integer(X) -> X band ?MASK58;
dummy_seed([X | _]) when is_integer(X) -> error(too_many_seed_integers);
dummy_seed([_ | _]) -> error(non_integer_seed);
dummy_seed(X) when is_integer(X) ->
    {V, _} = splitmix64_next(X),
    V band ?MASK58;
dummy_seed({A, B, C}) ->
    {_, X1} = splitmix64_next(A),
    {_, X2} = splitmix64_next(B bxor X1),
    {V, _} = splitmix64_next(C bxor X2),
    V band ?MASK58.

%% ---- mwc59: multiply with carry, for speed ---------------------------------------------------------------------------------

mwc59(S) ->
    V = S band 16#7ffffffffffffff,
    16#7fa6502 * (V band 16#ffffffff) + (V bsr 32).

mwc59_value32(S) ->
    V = S band 16#ffffffff,
    V bxor ((V bsl 8) band 16#ffffffff).

mwc59_value(S) -> mwc59_mixed(S, 16#7ffffffffffffff).
mwc59_float(S) -> mwc59_mixed(S, 16#1fffffffffffff) * ?TWO_POW_MINUS53.

mwc59_mixed(S, Mask) ->
    V = S band Mask,
    A = V bxor ((V bsl 4) band Mask),
    A bxor ((A bsl 27) band Mask).

mwc59_seed() ->
    {A, B, C} = any_seed(),
    (hash58(A) bxor hash58(B) bxor hash58(C)) + 1.

mwc59_seed(S) when is_integer(S), S >= 0, S =< ?MASK58 -> hash58(S) + 1.

hash58(X) ->
    A = X band ?MASK58,
    B = (A bxor (A bsr 29)) * 16#351afd7ed558ccd band ?MASK58,
    C = (B bxor (B bsr 29)) * 16#0ceb9fe1a85ec53 band ?MASK58,
    C bxor (C bsr 29).
