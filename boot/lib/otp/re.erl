%% re.erl - replacing and splitting on top of re:run, which is native, as are compile, inspect and version.
-module(re).

-export([replace/3, replace/4, split/2, split/3]).

%% ---- replace ---------------------------------------------------------------------------------------

-define(RAISE(Args), error(badarg, Args, [{error_info, #{module => erl_stdlib_errors}}])).

replace(Subject, RE, Replacement) ->
    try replaced(Subject, RE, Replacement, [])
    catch error:_ -> ?RAISE([Subject, RE, Replacement])
    end.

%% Options: global, {return, iodata | list | binary}, and those of re:run but capture.
replace(Subject, RE, Replacement, Options) ->
    try replaced(Subject, RE, Replacement, Options)
    catch error:_ -> ?RAISE([Subject, RE, Replacement, Options])
    end.

replaced(Subject, RE, Replacement, Options) ->
    {Return, Run} = take(return, Options, iodata),
    checked(Return, Options),
    Unicode = is_unicode(RE, Run),
    Bin = to_binary(Subject, Unicode),
    Parts = template(to_binary(Replacement, Unicode), []),
    Result = case re:run(Bin, RE, [{capture, all, index} | without_capture(Run)]) of
                 nomatch when Return =:= iodata -> Subject;
                 nomatch -> Bin;
                 {match, [First | _] = Matches} when is_list(First) -> pieces(Bin, 0, Matches, Parts);
                 {match, Match} -> pieces(Bin, 0, [Match], Parts)
             end,
    converted(Result, Return, Unicode).

%% Texts, `all` and group numbers, in order. & is the whole match, \N and \g{N} are groups; a backslash quotes anything else.
template(<<>>, Acc) -> lists:reverse(Acc);
template(<<$&, T/binary>>, Acc) -> template(T, [0 | Acc]);
template(<<$\\, $g, ${, T/binary>> = Bin, Acc) ->
    case digits(T, <<>>) of
        {<<>>, _} -> literal(Bin, Acc);
        {Ds, <<$}, T1/binary>>} -> template(T1, [binary_to_integer(Ds) | Acc]);
        _ -> literal(Bin, Acc)
    end;
template(<<$\\, $g, D, T/binary>>, Acc) when D >= $0, D =< $9 -> group(<<D, T/binary>>, Acc);
template(<<$\\, D, T/binary>>, Acc) when D >= $0, D =< $9 -> group(<<D, T/binary>>, Acc);
template(<<$\\, C, T/binary>>, Acc) -> template(T, add(<<C>>, Acc));
template(Bin, Acc) -> literal(Bin, Acc).

literal(<<C, T/binary>>, Acc) -> template(T, add(<<C>>, Acc)).

group(Bin, Acc) ->
    {Ds, T} = digits(Bin, <<>>),
    template(T, [binary_to_integer(Ds) | Acc]).

add(C, [Text | Acc]) when is_binary(Text) -> [<<Text/binary, C/binary>> | Acc];
add(C, Acc) -> [C | Acc].

digits(<<D, T/binary>>, Ds) when D >= $0, D =< $9 -> digits(T, <<Ds/binary, D>>);
digits(T, Ds) -> {Ds, T}.

%% The text from At on with its matches replaced: an iolist whose tail is what follows the last match.
pieces(Bin, At, [[{From, N} | _] = Groups | More], Parts) ->
    New = case Parts of
              [Text] when is_binary(Text) -> Text;
              _ -> [part(Bin, P, Groups) || P <- Parts]
          end,
    Rest = case {More, From + N} of
               {[], End} when End =:= byte_size(Bin) -> [];
               {[], End} -> binary:part(Bin, End, byte_size(Bin) - End);
               {_, End} -> pieces(Bin, End, More, Parts)
           end,
    case binary:part(Bin, At, From - At) of
        <<>> -> [New | Rest];
        Before -> [Before, New | Rest]
    end.

part(_, Text, _) when is_binary(Text) -> Text;
part(Bin, I, Groups) ->
    case length(Groups) > I andalso lists:nth(I + 1, Groups) of
        {From, N} when From >= 0 -> binary:part(Bin, From, N);
        _ -> <<>>
    end.

%% ---- split -----------------------------------------------------------------------------------------

split(Subject, RE) ->
    try parts(Subject, RE, [])
    catch error:_ -> ?RAISE([Subject, RE])
    end.

%% Options: {return, iodata | list | binary}, {parts, N | infinity}, group, trim, and those of re:run but capture and global.
split(Subject, RE, Options) ->
    try parts(Subject, RE, Options)
    catch error:_ -> ?RAISE([Subject, RE, Options])
    end.

parts(Subject, RE, Options) ->
    {Return, Options1} = take(return, Options, iodata),
    {Parts, Options2} = take(parts, Options1, infinity),
    checked(Return, Options),
    (Parts =:= infinity orelse (is_integer(Parts) andalso Parts >= 0)) orelse error(badarg, [Subject, RE, Options]),
    lists:member(global, Options2) andalso error(badarg, [Subject, RE, Options]),
    Group = lists:member(group, Options2),
    Trim = lists:member(trim, Options2) orelse Parts =:= 0,
    Run = [O || O <- without_capture(Options2), O =/= group, O =/= trim],
    Unicode = is_unicode(RE, Run),
    Bin = to_binary(Subject, Unicode),
    {Compiled, RunOnly} = compiled(RE, Run, [Subject, RE, Options]),
    Found = case re:run(Bin, Compiled, [global, {capture, all, index} | RunOnly]) of
                nomatch -> [[Bin]];
                {match, Matches} ->
                    Pieces = cut(Bin, 0, Matches, splits(Parts), element(2, Compiled)),
                    if
                        Trim, Group -> trim(Pieces);
                        Trim -> [trim(lists:append(Pieces))];
                        true -> Pieces
                    end
            end,
    Converted = [[converted(P, Return, Unicode) || P <- Ps] || Ps <- Found],
    if Group -> Converted; true -> lists:append(Converted) end.

splits(infinity) -> -1;
splits(0) -> -1;
splits(N) -> N - 1.

%% [[Piece | Groups]], the last without groups. An empty match where a piece begins splits nothing.
cut(Bin, At, [[{At, 0} | _] | More], Left, NumSub) -> cut(Bin, At, More, Left, NumSub);
cut(Bin, At, [[{From, N} | Groups] | More], Left, NumSub) when Left =/= 0 ->
    Subs = [if F < 0 -> <<>>; true -> binary:part(Bin, F, L) end || {F, L} <- Groups],
    Padding = lists:duplicate(NumSub - length(Subs), <<>>),
    [[binary:part(Bin, At, From - At) | Subs ++ Padding] | cut(Bin, From + N, More, Left - 1, NumSub)];
cut(Bin, At, _, _, _) -> [[binary:part(Bin, At, byte_size(Bin) - At)]].

%% Without the empty pieces at the end; a piece with its groups is empty when all of it is.
trim(Pieces) -> lists:reverse(lists:dropwhile(fun is_empty/1, lists:reverse(Pieces))).

is_empty(Ps) when is_list(Ps) -> lists:all(fun is_empty/1, Ps);
is_empty(P) -> P =:= <<>>.

%% ---- options ---------------------------------------------------------------------------------------

%% {Value of the last {Key, Value}, Options without it}
take(Key, Options, Default) ->
    {Mine, Others} = lists:partition(fun(O) -> is_tuple(O) andalso tuple_size(O) =:= 2 andalso element(1, O) =:= Key end, Options),
    {case Mine of [] -> Default; _ -> element(2, lists:last(Mine)) end, Others}.

checked(Return, Options) -> lists:member(Return, [iodata, list, binary]) orelse error(badarg, [Options]).

without_capture(Options) ->
    lists:any(fun(O) -> is_tuple(O) andalso tuple_size(O) > 0 andalso element(1, O) =:= capture end, Options) andalso error(badarg, [Options]),
    Options.

is_unicode({re_pattern, _, U, _, _}, _) -> U =:= 1;
is_unicode(_, Options) -> lists:member(unicode, Options).

%% The expression compiled, and what is left of the options.
compiled(RE, Options, _) when is_tuple(RE) -> {RE, Options};
compiled(RE, Options, Args) ->
    {Compile, Run} = lists:partition(fun for_compile/1, Options),
    case re:compile(RE, Compile) of
        {ok, Compiled} -> {Compiled, Run};
        {error, _} -> error(badarg, Args)
    end.

for_compile({newline, _}) -> true;
for_compile(O) -> lists:member(O, [unicode, anchored, caseless, dollar_endonly, dotall, extended, firstline, multiline, no_auto_capture, dupnames,
                                   ungreedy, bsr_anycrlf, bsr_unicode, no_start_optimize, ucp, never_utf]).

to_binary(Text, _) when is_binary(Text) -> Text;
to_binary(Text, false) -> iolist_to_binary(Text);
to_binary(Text, true) ->
    case unicode:characters_to_binary(Text) of
        Bin when is_binary(Bin) -> Bin;
        _ -> error(badarg, [Text])
    end.

converted(Text, iodata, _) -> Text;
converted(Text, binary, _) when is_binary(Text) -> Text;
converted(Text, binary, _) -> iolist_to_binary(Text);
converted(Text, list, true) -> unicode:characters_to_list(Text);
converted(Text, list, false) when is_binary(Text) -> binary_to_list(Text);
converted(Text, list, false) -> binary_to_list(iolist_to_binary(Text)).
