%% erl_parse.erl - tokens to trees, and what can be done with trees and terms in OTP's abstract format.
%% The grammar is the front end's (lib/erlang/parser-*.sx).
-module(erl_parse).

-export([parse_form/1, parse_exprs/1, parse_term/1, parse/1, parse_and_scan/1, format_error/1, normalise/1, abstract/1,
         abstract/2, tokens/1, tokens/2, inop_prec/1, preop_prec/1, func_prec/0, max_prec/0, type_inop_prec/1,
         type_preop_prec/1, map_anno/2, fold_anno/3, mapfold_anno/3, new_anno/1, anno_to_term/1, anno_from_term/1,
         first_anno/1]).

-export_type([abstract_clause/0, abstract_expr/0, abstract_form/0, abstract_type/0, error_info/0, form_info/0]).
-type abstract_clause() :: tuple().
-type abstract_expr() :: tuple().
-type abstract_form() :: tuple().
-type abstract_type() :: tuple().
-type error_info() :: {term(), module(), term()}.
-type form_info() :: tuple().

%% ---- parsing -----------------------------------------------------------------------------------------------------

parse_form([{'-', A}, {atom, B, Name} | Tokens]) when Name =:= spec; Name =:= callback -> parsed(form, [{'-', A}, {atom, B, Name} | Tokens]);
parse_form(Tokens) -> parsed(form, Tokens).

parse_exprs(Tokens) when is_list(Tokens) -> parsed(exprs, Tokens).

parse_term(Tokens) when is_list(Tokens) ->
    case parse_exprs(Tokens) of
        {ok, [Expr]} ->
            try {ok, normalise(Expr)}
            catch error:_ -> {error, {erl_anno:location(first_anno(Expr)), erl_parse, "bad term"}}
            end;
        {ok, [_, Expr | _]} -> {error, {erl_anno:location(first_anno(Expr)), erl_parse, "bad term"}};
        {error, _} = Error -> Error
    end.

parse(Tokens) -> parse_form(Tokens).

parse_and_scan({F, Args}) -> parse_and_scan({erlang, apply, [F, Args]});
parse_and_scan({M, F, Args}) ->
    case apply(M, F, Args) of
        {ok, Tokens, _} -> parse_form(Tokens);
        {error, Info, _} -> {error, Info};
        {eof, End} -> {error, {End, erl_parse, ["syntax error before: ", []]}}
    end.

parsed(Kind, Tokens) ->
    case sx:call('er-face-parse', [Kind, Tokens]) of
        {ok, Tree} -> {ok, Tree};
        {error, {At, Message}} -> {error, {erl_anno:location(At), erl_parse, message(Message)}}
    end.

message(<<"head mismatch", _/binary>>) -> "head mismatch";
message(Message) when is_binary(Message) -> binary_to_list(Message);
message([Text, Token]) when is_binary(Text) -> [binary_to_list(Text), Token];
message(Message) -> Message.

format_error(Message) ->
    case io_lib:deep_char_list(Message) of
        true -> Message;
        false -> io_lib:write(Message)
    end.

%% ---- trees to terms and back --------------------------------------------------------------------------------------------

%% The term that a constant tree stands for.
normalise({char, _, C}) -> C;
normalise({integer, _, I}) -> I;
normalise({float, _, F}) -> F;
normalise({atom, _, A}) -> A;
normalise({string, _, S}) -> S;
normalise({nil, _}) -> [];
normalise({bin, _, Elements}) ->
    {value, Bin, _} = erl_eval:expr({bin, 0, [element_of_term(E) || E <- Elements]}, []),
    Bin;
normalise({cons, _, Head, Tail}) -> [normalise(Head) | normalise(Tail)];
normalise({tuple, _, Elements}) -> list_to_tuple([normalise(E) || E <- Elements]);
normalise({map, _, Pairs}) ->
    maps:from_list([case P of
                        {map_field_assoc, _, K, V} -> {normalise(K), normalise(V)};
                        P -> error({badarg, P})
                    end || P <- Pairs]);
normalise({'fun', _, {function, {atom, _, M}, {atom, _, F}, {integer, _, A}}}) -> fun M:F/A;
normalise({op, _, '+', {char, _, I}}) -> I;
normalise({op, _, '+', {integer, _, I}}) -> I;
normalise({op, _, '+', {float, _, F}}) -> F;
normalise({op, _, '-', {char, _, I}}) -> -I;
normalise({op, _, '-', {integer, _, I}}) -> -I;
normalise({op, _, '-', {float, _, F}}) -> -F;
normalise(Tree) -> error({badarg, Tree}).

element_of_term({bin_element, A, Value, Size, Types}) ->
    case normalise(Value) of
        S when is_list(S) -> {bin_element, A, {string, A, S}, Size, Types};
        I when is_integer(I), I < 0 -> {bin_element, A, {op, A, '-', {integer, A, -I}}, Size, Types};
        I when is_integer(I) -> {bin_element, A, {integer, A, I}, Size, Types};
        F when is_float(F) -> {bin_element, A, Value, Size, Types}
    end.

abstract(Term) -> abstract(Term, []).

%% Options: a location, or a list of {location, L} and {encoding, latin1 | unicode | utf8 | none | Fun}.
abstract(Term, Location) when is_integer(Location); is_tuple(Location) -> abstract(Term, [{location, Location}]);
abstract(Term, Options) ->
    tree(Term, erl_anno:new(proplists:get_value(location, Options, 0)), is_text(proplists:get_value(encoding, Options, unicode))).

is_text(none) -> fun(_) -> false end;
is_text(latin1) -> fun(C) -> is_integer(C) andalso C >= 0 andalso C =< 255 end;
is_text(F) when is_function(F, 1) -> F;
is_text(Encoding) when Encoding =:= unicode; Encoding =:= utf8; is_atom(Encoding); is_list(Encoding) ->
    fun(C) -> is_integer(C) andalso (C >= 0 andalso C < 16#D800 orelse C > 16#DFFF andalso C =< 16#10FFFF) end.

tree(T, A, _) when is_integer(T) -> {integer, A, T};
tree(T, A, _) when is_float(T) -> {float, A, T};
tree(T, A, _) when is_atom(T) -> {atom, A, T};
tree([], A, _) -> {nil, A};
tree(B, A, _) when is_bitstring(B) -> {bin, A, [bits(Part, A) || Part <- parts(B)]};
tree([H | T] = L, A, IsText) ->
    case all_text(L, IsText) of
        true -> {string, A, L};
        false -> {cons, A, tree(H, A, IsText), tree_tail(T, A, IsText)}
    end;
tree(T, A, IsText) when is_tuple(T) -> {tuple, A, [tree(E, A, IsText) || E <- tuple_to_list(T)]};
tree(M, A, IsText) when is_map(M) ->
    {map, A, [{map_field_assoc, A, tree(K, A, IsText), tree(V, A, IsText)} || {K, V} <- maps:to_list(M)]};
tree(F, A, _) when is_function(F), F =:= F ->
    {type, external} = erlang:fun_info(F, type),
    [{_, M}, {_, N}, {_, Arity}] = [erlang:fun_info(F, I) || I <- [module, name, arity]],
    {'fun', A, {function, {atom, A, M}, {atom, A, N}, {integer, A, Arity}}}.

%% What follows the first element is text only together with it.
tree_tail([], A, _) -> {nil, A};
tree_tail([H | T], A, IsText) -> {cons, A, tree(H, A, IsText), tree_tail(T, A, IsText)};
tree_tail(T, A, IsText) -> tree(T, A, IsText).

all_text([C | T], IsText) -> IsText(C) andalso all_text(T, IsText);
all_text([], _) -> true;
all_text(_, _) -> false.

parts(B) when is_binary(B) -> binary_to_list(B);
parts(B) ->
    Size = bit_size(B) - bit_size(B) rem 8,
    <<Bytes:Size/bits, Rest/bits>> = B,
    binary_to_list(Bytes) ++ [Rest].

bits(I, A) when is_integer(I) -> {bin_element, A, {integer, A, I}, default, default};
bits(Rest, A) ->
    N = bit_size(Rest),
    <<I:N>> = Rest,
    {bin_element, A, {integer, A, I}, {integer, A, N}, default}.

%% The tokens that a constant tree, or a call's arguments, are written with.
tokens(Tree) -> tokens(Tree, []).

tokens({char, A, C}, More) -> [{char, A, C} | More];
tokens({integer, A, I}, More) -> [{integer, A, I} | More];
tokens({float, A, F}, More) -> [{float, A, F} | More];
tokens({atom, A, Name}, More) -> [{atom, A, Name} | More];
tokens({var, A, Name}, More) -> [{var, A, Name} | More];
tokens({string, A, S}, More) -> [{string, A, S} | More];
tokens({nil, A}, More) -> [{'[', A}, {']', A} | More];
tokens({cons, A, Head, Tail}, More) -> [{'[', A} | tokens(Head, tokens_tail(Tail, More))];
tokens({tuple, A, []}, More) -> [{'{', A}, {'}', A} | More];
tokens({tuple, A, [E | Es]}, More) -> [{'{', A} | tokens(E, tokens_more(Es, element(2, E), More))].

tokens_tail({cons, A, Head, Tail}, More) -> [{',', A} | tokens(Head, tokens_tail(Tail, More))];
tokens_tail({nil, A}, More) -> [{']', A} | More];
tokens_tail(Other, More) ->
    A = element(2, Other),
    [{'|', A} | tokens(Other, [{']', A} | More])].

tokens_more([E | Es], A, More) -> [{',', A} | tokens(E, tokens_more(Es, element(2, E), More))];
tokens_more([], A, More) -> [{'}', A} | More].

%% ---- precedences ------------------------------------------------------------------------------------------------------------

inop_prec('=') -> {150, 100, 100};
inop_prec('!') -> {150, 100, 100};
inop_prec('orelse') -> {160, 150, 150};
inop_prec('andalso') -> {200, 160, 160};
inop_prec(Op) when Op =:= '=='; Op =:= '/='; Op =:= '=<'; Op =:= '<'; Op =:= '>='; Op =:= '>'; Op =:= '=:='; Op =:= '=/=' -> {300, 200, 300};
inop_prec('++') -> {400, 300, 300};
inop_prec('--') -> {400, 300, 300};
inop_prec(Op) when Op =:= '+'; Op =:= '-'; Op =:= 'bor'; Op =:= 'bxor'; Op =:= 'bsl'; Op =:= 'bsr'; Op =:= 'or'; Op =:= 'xor' -> {400, 400, 500};
inop_prec(Op) when Op =:= '*'; Op =:= '/'; Op =:= 'div'; Op =:= 'rem'; Op =:= 'band'; Op =:= 'and' -> {500, 500, 600};
inop_prec('#') -> {800, 700, 800};
inop_prec(':') -> {900, 800, 900};
inop_prec('.') -> {900, 900, 1000}.

preop_prec('catch') -> {700, 100};
preop_prec(Op) when Op =:= '+'; Op =:= '-'; Op =:= 'bnot'; Op =:= 'not' -> {600, 700};
preop_prec('#') -> {700, 800}.

func_prec() -> {800, 700}.
max_prec() -> 900.

type_inop_prec('=') -> {150, 100, 100};
type_inop_prec('::') -> {160, 150, 150};
type_inop_prec('|') -> {180, 170, 170};
type_inop_prec('..') -> {300, 200, 300};
type_inop_prec(Op) when Op =:= '+'; Op =:= '-'; Op =:= 'bor'; Op =:= 'bxor'; Op =:= 'bsl'; Op =:= 'bsr' -> {400, 400, 500};
type_inop_prec(Op) when Op =:= '*'; Op =:= '/'; Op =:= 'div'; Op =:= 'rem'; Op =:= 'band' -> {500, 500, 600};
type_inop_prec('#') -> {800, 700, 800}.

type_preop_prec(Op) when Op =:= '+'; Op =:= '-'; Op =:= 'bnot' -> {600, 700};
type_preop_prec('#') -> {700, 800}.

%% ---- annotations of a tree ------------------------------------------------------------------------------------------------------

map_anno(F, Tree) -> element(1, mapfold_anno(fun(A, _) -> {F(A), []} end, [], Tree)).

fold_anno(F, Acc, Tree) -> element(2, mapfold_anno(fun(A, Acc1) -> {A, F(A, Acc1)} end, Acc, Tree)).

new_anno(Tree) -> map_anno(fun erl_anno:new/1, Tree).
anno_to_term(Tree) -> map_anno(fun erl_anno:to_term/1, Tree).
anno_from_term(Tree) -> map_anno(fun erl_anno:from_term/1, Tree).

%% The annotation is the second element of each node. Which parts of a node are nodes again depends on its kind where a
%% plain term could look like one.
mapfold_anno(F, Acc, Trees) when is_list(Trees) -> lists:mapfoldl(fun(T, A) -> mapfold_anno(F, A, T) end, Acc, Trees);
mapfold_anno(F, Acc, {Kind, Anno}) when is_atom(Kind) ->
    {A, Acc1} = F(Anno, Acc),
    {{Kind, A}, Acc1};
mapfold_anno(F, Acc, {attribute, Anno, Name, {Type, Tree, Params}}) when Name =:= type; Name =:= opaque ->
    {A, Acc1} = F(Anno, Acc),
    {Tree1, Acc2} = mapfold_anno(F, Acc1, Tree),
    {Params1, Acc3} = mapfold_anno(F, Acc2, Params),
    {{attribute, A, Name, {Type, Tree1, Params1}}, Acc3};
mapfold_anno(F, Acc, {attribute, Anno, Name, {Fun, Trees}}) when Name =:= spec; Name =:= callback; Name =:= record ->
    {A, Acc1} = F(Anno, Acc),
    {Trees1, Acc2} = mapfold_anno(F, Acc1, Trees),
    {{attribute, A, Name, {Fun, Trees1}}, Acc2};
mapfold_anno(F, Acc, {typed_record_field, Field, Type}) ->
    {Field1, Acc1} = mapfold_anno(F, Acc, Field),
    {Type1, Acc2} = mapfold_anno(F, Acc1, Type),
    {{typed_record_field, Field1, Type1}, Acc2};
mapfold_anno(F, Acc, {Kind, Anno, Value}) when Kind =:= atom; Kind =:= char; Kind =:= float; Kind =:= integer; Kind =:= string;
                                               Kind =:= var; Kind =:= eof ->
    {A, Acc1} = F(Anno, Acc),
    {{Kind, A, Value}, Acc1};
mapfold_anno(F, Acc, {attribute, Anno, Name, Value}) ->
    {A, Acc1} = F(Anno, Acc),
    {{attribute, A, Name, Value}, Acc1};
mapfold_anno(F, Acc, {clauses, Clauses}) ->
    {Clauses1, Acc1} = mapfold_anno(F, Acc, Clauses),
    {{clauses, Clauses1}, Acc1};
mapfold_anno(_, Acc, {function, Name, Arity}) when is_atom(Name) -> {{function, Name, Arity}, Acc};
mapfold_anno(F, Acc, {function, M, N, A}) when is_tuple(M) ->
    {Parts, Acc1} = mapfold_anno(F, Acc, [M, N, A]),
    {list_to_tuple([function | Parts]), Acc1};
mapfold_anno(F, Acc, Tree) when is_tuple(Tree), is_atom(element(1, Tree)) ->
    [Kind, Anno | Parts] = tuple_to_list(Tree),
    {A, Acc1} = F(Anno, Acc),
    {Parts1, Acc2} = lists:mapfoldl(fun(P, Ac) -> part_anno(F, Ac, P) end, Acc1, Parts),
    {list_to_tuple([Kind, A | Parts1]), Acc2};
mapfold_anno(_, Acc, Other) -> {Other, Acc}.

part_anno(F, Acc, Part) when is_list(Part) -> mapfold_anno(F, Acc, Part);
part_anno(F, Acc, Part) when is_tuple(Part), tuple_size(Part) > 1 ->
    case Part of
        {unit, N} when is_integer(N) -> {Part, Acc};
        _ -> mapfold_anno(F, Acc, Part)
    end;
part_anno(_, Acc, Part) -> {Part, Acc}.

%% The annotation of the leftmost part of a tree.
first_anno(Tree) ->
    Annos = fold_anno(fun(A, As) -> [A | As] end, [], Tree),
    [First | More] = lists:reverse(Annos),
    lists:foldl(fun(A, Least) -> case erl_anno:location(A) < erl_anno:location(Least) of true -> A; false -> Least end end, First, More).
