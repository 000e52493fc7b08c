%% binary.erl - bytes: searching and taking apart.
%% Single bytes, matching and numbers are native and stand here as stubs; split, replace and hex build on them.
-module(binary).

-export([at/2, first/1, last/1, part/2, part/3, copy/1, copy/2, match/2, match/3, matches/2, matches/3,
         compile_pattern/1, bin_to_list/1, bin_to_list/2, bin_to_list/3, list_to_bin/1, decode_unsigned/1,
         decode_unsigned/2, encode_unsigned/1, encode_unsigned/2, longest_common_prefix/1,
         longest_common_suffix/1, referenced_byte_size/1, split/2, split/3, replace/3, replace/4,
         encode_hex/1, decode_hex/1]).

-define(STUB, erlang:nif_error(undefined)).
-define(RAISE(Args), error(badarg, Args, [{error_info, #{module => erl_stdlib_errors}}])).

at(_, _) -> ?STUB.
first(_) -> ?STUB.
last(_) -> ?STUB.
part(_, _) -> ?STUB.
part(_, _, _) -> ?STUB.
copy(_) -> ?STUB.
copy(_, _) -> ?STUB.
match(_, _) -> ?STUB.
match(_, _, _) -> ?STUB.
matches(_, _) -> ?STUB.
matches(_, _, _) -> ?STUB.
compile_pattern(_) -> ?STUB.
list_to_bin(_) -> ?STUB.
decode_unsigned(_) -> ?STUB.
decode_unsigned(_, _) -> ?STUB.
encode_unsigned(_) -> ?STUB.
encode_unsigned(_, _) -> ?STUB.
longest_common_prefix(_) -> ?STUB.
longest_common_suffix(_) -> ?STUB.
referenced_byte_size(_) -> ?STUB.

bin_to_list(Bin) -> binary_to_list(Bin).
bin_to_list(Bin, {Start, Len}) -> binary_to_list(binary:part(Bin, Start, Len));
bin_to_list(Bin, Part) -> ?RAISE([Bin, Part]).
bin_to_list(Bin, Start, Len) -> binary_to_list(binary:part(Bin, Start, Len)).

%% Options: global, {scope, {Start, Length}}, trim (no empty parts at the end), trim_all (none at all).
split(Bin, Pattern) ->
    try split(Bin, Pattern, [])
    catch error:_ -> ?RAISE([Bin, Pattern])
    end.

split(Bin, Pattern, Options) ->
    try
        {Global, Trim, Search} = split_options(Options, false, no, []),
        Found = found(Bin, Pattern, Global, Search),
        trimmed(cut(Bin, 0, Found), Trim)
    catch error:_ -> ?RAISE([Bin, Pattern, Options])
    end.

split_options([global | T], _, Trim, Search) -> split_options(T, true, Trim, Search);
split_options([trim | T], Global, no, Search) -> split_options(T, Global, trim, Search);
split_options([trim | T], Global, Trim, Search) -> split_options(T, Global, Trim, Search);
split_options([trim_all | T], Global, _, Search) -> split_options(T, Global, trim_all, Search);
split_options([{scope, _} = Scope | T], Global, Trim, _) -> split_options(T, Global, Trim, [Scope]);
split_options([], Global, Trim, Search) -> {Global, Trim, Search}.

found(Bin, Pattern, true, Search) -> binary:matches(Bin, Pattern, Search);
found(Bin, Pattern, false, Search) ->
    case binary:match(Bin, Pattern, Search) of
        nomatch -> [];
        Found -> [Found]
    end.

cut(Bin, From, [{At, Len} | T]) -> [binary:part(Bin, From, At - From) | cut(Bin, At + Len, T)];
cut(Bin, 0, []) -> [Bin];
cut(Bin, From, []) -> [binary:part(Bin, From, byte_size(Bin) - From)].

trimmed(Parts, no) -> Parts;
trimmed(Parts, trim_all) -> [P || P <- Parts, P =/= <<>>];
trimmed(Parts, trim) -> lists:reverse(lists:dropwhile(fun(P) -> P =:= <<>> end, lists:reverse(Parts))).

%% New is a binary or a function of what was found. Options: global, {scope, _}, {insert_replaced, Positions}: what was
%% found is put into New there.
replace(Bin, Pattern, New) ->
    try replace(Bin, Pattern, New, [])
    catch error:badarg -> ?RAISE([Bin, Pattern, New])
    end.

replace(Bin, Pattern, New, Options) when is_binary(New); is_function(New, 1) ->
    try
        {Global, Search, Inserts} = replace_options(Options, false, [], []),
        Pieces = case Inserts of
                     _ when is_function(New) -> none;
                     [] -> none;
                     _ -> pieces(New, 0, Inserts)
                 end,
        {found(Bin, Pattern, Global, Search), Pieces}
    of
        {Found, Pieces1} -> iolist_to_binary(patch(Bin, 0, Found, maker(New, Pieces1)))
    catch error:_ -> ?RAISE([Bin, Pattern, New, Options])
    end;
replace(Bin, Pattern, New, Options) -> ?RAISE([Bin, Pattern, New, Options]).

replace_options([global | T], _, Search, Inserts) -> replace_options(T, true, Search, Inserts);
replace_options([{scope, _} = Scope | T], Global, _, Inserts) -> replace_options(T, Global, [Scope], Inserts);
replace_options([{insert_replaced, N} | T], Global, Search, _) when is_integer(N) ->
    replace_options(T, Global, Search, [N]);
replace_options([{insert_replaced, Ns} | T], Global, Search, _) when is_list(Ns) ->
    replace_options(T, Global, Search, lists:sort(Ns));
replace_options([], Global, Search, Inserts) -> {Global, Search, Inserts}.

%% What makes the new text of the old.
maker(New, none) when is_function(New) ->
    fun(Old) ->
            Text = New(Old),
            is_binary(Text) orelse error({badarg, Text}),
            Text
    end;
maker(New, none) -> fun(_) -> New end;
maker(_, Pieces) -> fun(Old) -> lists:join(Old, Pieces) end.

pieces(New, From, [At | T]) -> [binary:part(New, From, At - From) | pieces(New, At, T)];
pieces(New, From, []) -> [binary:part(New, From, byte_size(New) - From)].

patch(Bin, From, [{At, Len} | T], Make) ->
    [binary:part(Bin, From, At - From), Make(binary:part(Bin, At, Len)) | patch(Bin, At + Len, T, Make)];
patch(Bin, From, [], _) -> [binary:part(Bin, From, byte_size(Bin) - From)].

%% ---- hex -------------------------------------------------------------------------------------------

encode_hex(Bin) when is_binary(Bin) -> << <<(hex_digit(N))>> || <<N:4>> <= Bin >>;
encode_hex(Bin) -> ?RAISE([Bin]).

hex_digit(N) when N < 10 -> $0 + N;
hex_digit(N) -> $A + N - 10.

decode_hex(Bin) when is_binary(Bin), byte_size(Bin) rem 2 =:= 0 ->
    try << <<(hex_value(C)):4>> || <<C>> <= Bin >>
    catch error:function_clause -> bad_hex(Bin)
    end;
decode_hex(Bin) -> ?RAISE([Bin]).

bad_hex(Bin) -> error(badarg, [Bin]).

hex_value(C) when C >= $0, C =< $9 -> C - $0;
hex_value(C) when C >= $A, C =< $F -> C - $A + 10;
hex_value(C) when C >= $a, C =< $f -> C - $a + 10.
