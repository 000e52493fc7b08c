%% erl_scan.erl - Erlang text to tokens, as OTP presents them. The front end's tokenizer (lib/erlang/tokenizer.sx) does the
%% work; here its positions become locations or annotations with text, and white space and comments are put back, when
%% they are wanted, from what stands between two tokens.
-module(erl_scan).

-export([string/1, string/2, string/3, tokens/3, tokens/4, format_error/1, reserved_word/1, f_reserved_word/1,
         category/1, column/1, end_location/1, line/1, location/1, text/1, symbol/1, continuation_location/1]).

-export_type([token/0, tokens/0, options/0, return_cont/0, error_info/0]).
-type token() :: tuple().
-type tokens() :: [token()].
-type options() :: term().
-type return_cont() :: term().
-type error_info() :: {term(), module(), term()}.

%% What of a call's options matters.
-record(wanted, {spaces = false, comments = false, text = false, reserved = default}).

%% ---- a whole string --------------------------------------------------------------------------------------------

string(Chars) -> string(Chars, 1).
string(Chars, Location) -> string(Chars, Location, []).

%% {ok, Tokens, EndLocation} | {error, ErrorInfo, ErrorLocation}
string(Chars, Location, Options) when is_list(Chars) ->
    case scan(Chars, Location, Options) of
        {ok, Tokens, End} -> {ok, Tokens, End};
        {error, _, _} = Error -> Error
    end.

scan(Chars, Location, Options) ->
    W = wanted(Options),
    {Line, Column} = start(Location),
    case sx:call('er-face-scan', [utf8(Chars), {Line, Column}]) of
        {ok, Raw} ->
            {eof, End} = lists:last(Raw),
            Tokens = lists:droplast(Raw),
            {ok, dressed(Tokens, Chars, {Line, Column}, is_integer(Location), W), located(End, is_integer(Location))};
        {error, {At, What}} ->
            Plain = is_integer(Location),
            {error, {located(At, Plain), erl_scan, What}, located(error_end(What, At, Chars, {Line, Column}), Plain)}
    end.

utf8(Chars) ->
    lists:any(fun is_float/1, Chars) andalso error(badarg),
    lists:all(fun is_integer/1, Chars) orelse error(function_clause),
    try unicode:characters_to_binary(Chars) of
        Bin when is_binary(Bin) -> Bin;
        _ -> error(function_clause)
    catch error:badarg -> error(function_clause)
    end.

start({Line, Column}) -> {Line, Column};
start(Line) -> {Line, 1}.

located({Line, _}, true) -> Line;
located(Position, false) -> Position.

%% Where scanning stopped: at the end of what is not closed, else behind the character.
error_end({string, _, _}, _, Chars, From) -> moved(Chars, From);
error_end(char, _, Chars, From) -> moved(Chars, From);
error_end({base, Base}, {Line, Column}, _, _) -> {Line, Column + length(integer_to_list(Base))};
error_end(_, {Line, Column}, _, _) -> {Line, Column + 1}.

moved([], Position) -> Position;
moved([$\n | T], {Line, _}) -> moved(T, {Line + 1, 1});
moved([_ | T], {Line, Column}) -> moved(T, {Line, Column + 1}).

wanted(Options) when is_list(Options) -> lists:foldl(fun option/2, #wanted{}, Options);
wanted(Option) -> option(Option, #wanted{}).

option(return, W) -> W#wanted{spaces = true, comments = true};
option(return_white_spaces, W) -> W#wanted{spaces = true};
option(return_comments, W) -> W#wanted{comments = true};
option(text, W) -> W#wanted{text = true};
option({reserved_word_fun, F}, W) when is_function(F, 1) -> W#wanted{reserved = F};
option({text_fun, F}, W) when is_function(F, 2) -> W#wanted{text = true};
option(_, W) -> W.

%% ---- tokens as they are wanted --------------------------------------------------------------------------------------

dressed(Tokens, _, _, Plain, #wanted{spaces = false, comments = false, text = false, reserved = default}) ->
    [relocated(T, Plain) || T <- Tokens];
dressed(Tokens, Chars, Position, Plain, W) -> between(Tokens, Chars, Position, Plain, W).

relocated(T, false) -> T;
relocated(T, true) -> setelement(2, T, element(1, element(2, T))).

%% Which words are reserved may be for the caller to say; a quoted atom is none.
word(T, _, default) -> T;
word(T, [$' | _], _) -> T;
word({atom, A, Name} = T, _, R) ->
    case R(Name) of
        true -> {Name, A};
        false -> T
    end;
word({Name, A} = T, _, R) ->
    case reserved_word(Name) andalso not R(Name) of
        true -> {atom, A, Name};
        false -> T
    end;
word(T, _, _) -> T.

%% Chars begin at Position; what stands before the next token is white space and comments.
between([], Chars, Position, Plain, W) -> blanks(Chars, Position, Plain, W, []);
between([T | Ts], Chars, Position, Plain, W) ->
    At = element(2, T),
    {Blank, Rest} = take_until(Chars, Position, At, []),
    {Text, Behind} = token_text(T, Rest),
    blanks(Blank, Position, Plain, W,
           [word(setelement(2, T, anno(Text, At, Plain, W)), Text, W#wanted.reserved)
            | between(Ts, Behind, moved(Text, At), Plain, W)]).

take_until(Chars, Position, Position, Taken) -> {lists:reverse(Taken), Chars};
take_until([$\n | T], {Line, _}, At, Taken) -> take_until(T, {Line + 1, 1}, At, [$\n | Taken]);
take_until([C | T], {Line, Column}, At, Taken) -> take_until(T, {Line, Column + 1}, At, [C | Taken]).

anno(Text, At, Plain, #wanted{text = true}) -> [{text, Text}, {location, located(At, Plain)}];
anno(_, At, Plain, _) -> located(At, Plain).

%% The tokens of white space and comments that are wanted, before More. White space ends behind a run of one kind: a newline
%% begins a new one.
blanks([], _, _, _, More) -> More;
blanks([$% | _] = Chars, Position, Plain, W, More) ->
    {Text, Rest} = lists:splitwith(fun(C) -> C =/= $\n end, Chars),
    Behind = blanks(Rest, moved(Text, Position), Plain, W, More),
    if W#wanted.comments -> [{comment, anno(Text, Position, Plain, W), Text} | Behind];
       true -> Behind
    end;
blanks([C | Cs] = Chars, Position, Plain, W, More) ->
    {Text, Rest} = case C of
                       $\n ->
                           {Indent, R} = lists:splitwith(fun(X) -> X =/= $\n andalso X =/= $% end, Cs),
                           {[$\n | Indent], R};
                       _ -> lists:splitwith(fun(X) -> X =/= $\n andalso X =/= $% end, Chars)
                   end,
    Behind = blanks(Rest, moved(Text, Position), Plain, W, More),
    if W#wanted.spaces -> [{white_space, anno(Text, Position, Plain, W), Text} | Behind];
       true -> Behind
    end.

%% {Text, Rest} of the token that Chars begin with.
token_text({string, _, _}, [$" | Cs]) -> quoted(Cs, $", [$"]);
token_text({atom, _, _}, [$' | Cs]) -> quoted(Cs, $', [$']);
token_text({char, _, _}, [$$ | Cs]) ->
    {Text, Rest} = char_text(Cs),
    {[$$ | Text], Rest};
token_text({dot, _}, [$. | Cs]) ->
    case Cs of
        [C | Rest] when C =/= $% -> {[$., C], Rest};
        _ -> {".", Cs}
    end;
token_text({Name, _}, Chars) -> lists:split(length(atom_to_list(Name)), Chars);
token_text({integer, _, _}, Chars) -> number_text(Chars);
token_text({float, _, _}, Chars) ->
    {Whole, [$. | Cs]} = number_text(Chars),
    {Part, Rest} = lists:splitwith(fun(C) -> C >= $0 andalso C =< $9 orelse C =:= $_ end, Cs),
    {Exponent, Rest1} = exponent_text(Rest),
    {Whole ++ "." ++ Part ++ Exponent, Rest1};
token_text({_, _, Name}, Chars) -> lists:split(length(atom_to_list(Name)), Chars).

number_text(Chars) ->
    {Digits, Rest} = lists:splitwith(fun(C) -> C >= $0 andalso C =< $9 orelse C =:= $_ end, Chars),
    case {lists:reverse(Digits), Rest} of
        {[$_ | _], _} ->
            {Under, Text} = lists:splitwith(fun(C) -> C =:= $_ end, lists:reverse(Digits)),
            {lists:reverse(Text), Under ++ Rest};
        {_, [$#, C | _]} ->
            case is_alnum(C) of
                true ->
                    {More, Rest1} = lists:splitwith(fun(X) -> is_alnum(X) orelse X =:= $_ end, tl(Rest)),
                    {Digits ++ "#" ++ More, Rest1};
                false -> {Digits, Rest}
            end;
        _ -> {Digits, Rest}
    end.

is_alnum(C) -> C >= $0 andalso C =< $9 orelse C >= $a andalso C =< $z orelse C >= $A andalso C =< $Z.

exponent_text([E, S, D | Cs]) when (E =:= $e orelse E =:= $E), (S =:= $- orelse S =:= $+), D >= $0, D =< $9 ->
    {More, Rest} = lists:splitwith(fun(C) -> C >= $0 andalso C =< $9 orelse C =:= $_ end, Cs),
    {[E, S, D | More], Rest};
exponent_text([E, D | Cs]) when (E =:= $e orelse E =:= $E), D >= $0, D =< $9 ->
    {More, Rest} = lists:splitwith(fun(C) -> C >= $0 andalso C =< $9 orelse C =:= $_ end, Cs),
    {[E, D | More], Rest};
exponent_text(Cs) -> {"", Cs}.

quoted([$\\, C | Cs], Quote, Text) -> quoted(Cs, Quote, [C, $\\ | Text]);
quoted([Quote | Cs], Quote, Text) -> {lists:reverse([Quote | Text]), Cs};
quoted([C | Cs], Quote, Text) -> quoted(Cs, Quote, [C | Text]).

char_text([$\\, $x, ${ | Cs]) ->
    {Digits, [$} | Rest]} = lists:splitwith(fun(C) -> C =/= $} end, Cs),
    {"\\x{" ++ Digits ++ "}", Rest};
char_text([$\\, $x, A, B | Cs]) -> {[$\\, $x, A, B], Cs};
char_text([$\\, $^, C | Cs]) -> {[$\\, $^, C], Cs};
char_text([$\\, C | Cs]) when C >= $0, C =< $7 ->
    {More, _} = lists:splitwith(fun(X) -> X >= $0 andalso X =< $7 end, Cs),
    Digits = lists:sublist(More, 2),
    {[$\\, C | Digits], lists:nthtail(length(Digits), Cs)};
char_text([$\\, C | Cs]) -> {[$\\, C], Cs};
char_text([C | Cs]) -> {[C], Cs}.

%% ---- piece by piece -------------------------------------------------------------------------------------------------------
%% A continuation is {erl_scan_continuation, Location, Options, CharsSoFar}: what has come is scanned again when a dot may
%% have ended a form.

tokens(Cont, Chars, Location) -> tokens(Cont, Chars, Location, []).

%% {done, {ok, Tokens, End} | {eof, End} | {error, Info, End}, RestChars} | {more, Cont}
tokens([], Chars, Location, Options) -> more({erl_scan_continuation, Location, Options, []}, Chars);
tokens({erl_scan_continuation, _, _, _} = Cont, Chars, _, _) -> more(Cont, Chars).

more({erl_scan_continuation, Location, Options, Before}, eof) ->
    case scan(Before, Location, Options) of
        {ok, [], End} -> {done, {eof, End}, eof};
        {ok, Tokens, End} -> {done, {ok, Tokens, End}, eof};
        {error, Info, End} -> {done, {error, Info, End}, eof}
    end;
more({erl_scan_continuation, Location, Options, Before}, Chars) ->
    All = Before ++ Chars,
    case first_form(All, start(Location), 0) of
        false -> {more, {erl_scan_continuation, Location, Options, All}};
        {Form, Rest} ->
            case scan(Form, Location, Options) of
                {ok, Tokens, End} -> {done, {ok, Tokens, End}, Rest};
                {error, Info, End} -> {done, {error, Info, End}, Rest}
            end
    end.

%% {Form, Rest}: the text up to and with the first dot and the blank behind it; false when there is none yet. A form with an
%% error ends at the first dot behind it that could be the end.
%% What is scanned for it ends at such a dot, at least Least characters on, and is twice as long each time: so the cost is that
%% of the form and not of all that follows.
first_form(Chars, Position, Least) ->
    case to_dot(Chars, Least) of
        none -> false;
        {Text, Size, More} ->
            case sx:call('er-face-scan', [utf8(Text), Position]) of
                {ok, Raw} ->
                    case lists:keyfind(dot, 1, Raw) of
                        {dot, At} -> at_dot(Chars, Position, At);
                        false -> More andalso first_form(Chars, Position, 2 * Size)
                    end;
                {error, {At, What}} ->
                    case form_before(Chars, Position, At) of
                        {_, _} = Form -> Form;
                        false when element(1, What) =:= string -> More andalso first_form(Chars, Position, 2 * Size);
                        false -> broken_form(Chars, Position, At)
                    end
            end
    end.

%% {Text, Size, IsThereMore} up to and with the first dot at or behind Least characters that has a blank or comment behind it, or
%% all of Chars; none when there is no such dot at all.
to_dot(Chars, 0) ->
    case to_dot(Chars, 0, 0, []) of
        {_, _, false} -> none;
        Text -> Text
    end;
to_dot(Chars, Least) -> to_dot(Chars, Least, 0, []).

to_dot([$., C | _], Least, N, Before) when N >= Least, C =< $\s orelse C =:= $% -> {lists:reverse(Before, [$., C]), N + 2, true};
to_dot([C | Cs], Least, N, Before) -> to_dot(Cs, Least, N + 1, [C | Before]);
to_dot([], _, N, Before) -> {lists:reverse(Before), N, false}.

%% The form that ends with the dot at At, if that is one: a blank or comment must stand behind it.
at_dot(Chars, Position, At) ->
    case take_until(Chars, Position, At, []) of
        {Form, [$., $% | Rest]} -> {Form ++ ".", [$% | Rest]};
        {Form, [$., C | Rest]} when C =< $\s -> {Form ++ [$., C], Rest};
        {_, _} -> false                           % it may yet become a number or a name
    end.

%% The first form, if it ends before At.
form_before(Chars, Position, At) ->
    {Before, _} = take_until(Chars, Position, At, []),
    case sx:call('er-face-scan', [utf8(Before), Position]) of
        {ok, Raw} ->
            case lists:keyfind(dot, 1, Raw) of
                {dot, Dot} -> at_dot(Chars, Position, Dot);
                false -> false
            end;
        {error, {Earlier, _}} when Earlier < At -> form_before(Chars, Position, Earlier);   % At stands within a string
        {error, _} -> false
    end.

broken_form(Chars, Position, At) ->
    {Before, Broken} = take_until(Chars, Position, At, []),
    case to_dot(Broken, 0, 0, []) of
        {_, _, false} -> false;
        {Text, Size, true} -> {Before ++ Text, lists:nthtail(Size, Broken)}
    end.

continuation_location({erl_scan_continuation, Location, _, Chars}) ->
    located(moved(Chars, start(Location)), is_integer(Location));
continuation_location(_) -> error(badarg).

%% ---- asking tokens ----------------------------------------------------------------------------------------------------------

category({Category, _}) -> Category;
category({Category, _, _}) -> Category;
category(Token) -> error(badarg, [Token]).

symbol({Category, _}) -> Category;
symbol({_, _, Symbol}) -> Symbol;
symbol(Token) -> error(badarg, [Token]).

column(Token) -> erl_anno:column(element(2, Token)).
line(Token) -> erl_anno:line(element(2, Token)).
location(Token) -> erl_anno:location(element(2, Token)).
text(Token) -> erl_anno:text(element(2, Token)).
end_location(Token) -> erl_anno:end_location(element(2, Token)).

format_error({string, $', Head}) -> lists:flatten(["unterminated atom starting with " | io_lib:write_string(Head, $')]);
format_error({string, Quote, Head}) -> lists:flatten(["unterminated string starting with " | io_lib:write_string(Head, Quote)]);
format_error({illegal, Type}) -> lists:flatten(io_lib:fwrite("illegal ~w", [Type]));
format_error(char) -> "unterminated character";
format_error({base, Base}) -> lists:flatten(io_lib:fwrite("illegal base '~w'", [Base]));
format_error(Other) -> lists:flatten(io_lib:write(Other)).

f_reserved_word(Atom) -> reserved_word(Atom).
reserved_word(Atom) -> sx:call('er-reserved?', [Atom]).
