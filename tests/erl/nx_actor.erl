%% One actor, told and saying thousands of odd things: nothing crashes it, its maps stay in step, and what it does takes no longer
%% the more it has.
-module(nx_actor_test).
-export([main/1]).

-define(BASE, <<"http://me">>).
-define(ME, <<"http://me/actors/a">>).

main(_) ->
    rand:seed(exsss, 7),
    {_, Private} = crypto:generate_key(eddsa, ed25519),
    New = nx_actor:new(<<"a">>, envelope:key([{key_id, k1}, {value, Private}]), [], []),
    Odd = lists:foldl(fun(N, A) -> in_step(step(N, A)) end, New, lists:seq(1, 3000)),
    #{tip := Said, inbox_tip := Told, followers := Followers} = nx_actor:public(Odd),
    io:format("~w~n", [Said > 100 andalso Told > 500 andalso Followers > 5]),
    % expect: true
    Full = lists:foldl(fun(N, A) -> told(<<"Create">>, N, <<"http://b/x">>, #{<<"id">> => id(N)}, A) end, New, lists:seq(1, 20000)),
    io:format("~w~n", [map_get(inbox_tip, nx_actor:public(Full))]),
    % expect: 20000
    {Few, Many} = {cost(New), cost(Full)},
    Many < 3 * Few + 1000 orelse io:format("~w reductions with few, ~w with many~n", [Few, Many]),
    io:format("no longer~n").
    % expect: no longer

%% Reductions of a follow, its acceptance by hand, an unfollow.
cost(Actor) ->
    {_, R0} = process_info(self(), reductions),
    A1 = told(<<"Follow">>, 100001, <<"http://b/y">>, ?ME, Actor#{accept := manual}),
    {ok, _, _, A2} = nx_actor:publish(#{<<"type">> => <<"Accept">>, <<"object">> => id(100001)}, {1, ?BASE}, A1),
    {ok, _, _, A3} = nx_actor:publish(#{<<"type">> => <<"Follow">>, <<"object">> => <<"http://b/z">>}, {1, ?BASE}, A2),
    {ok, _, _, _} = nx_actor:publish(#{<<"type">> => <<"Undo">>, <<"object">> => #{<<"type">> => <<"Follow">>, <<"object">> => <<"http://b/z">>}}, {1, ?BASE}, A3),
    {_, R1} = process_info(self(), reductions),
    R1 - R0.

id(N) -> <<"http://b/", (integer_to_binary(N))/binary>>.

told(Type, N, From, Object, Actor) ->
    E = #{<<"id">> => id(N), <<"actor">> => From, <<"type">> => Type, <<"object">> => Object, <<"published">> => 1},
    case nx_actor:take(E, nx_json:encode(E), #{id => From, inbox => <<From/binary, "/inbox">>, shared_inbox => none, keys => []}, {1, ?BASE}, Actor) of
        {ok, _, _, New} -> New;
        {error, Status, Reason} when is_integer(Status), is_atom(Reason) -> Actor
    end.

step(N, Actor) ->
    case rand:uniform(3) of
        1 ->
            case nx_actor:publish(#{<<"type">> => type(), <<"object">> => object(3)}, {1, ?BASE}, Actor) of
                {ok, _, Jobs, New} when is_list(Jobs) -> New;
                {error, Status, Reason} when is_integer(Status), is_atom(Reason) -> Actor
            end;
        _ -> told(type(), rand:uniform(N), from(), object(3), Actor)
    end.

one(L) -> lists:nth(rand:uniform(length(L)), L).
type() -> one([<<"Create">>, <<"Follow">>, <<"Follow">>, <<"Undo">>, <<"Accept">>, <<"Delete">>, <<"Update">>, <<"Block">>, <<"Like">>, <<"Odd">>]).
from() -> <<"http://b/p", (integer_to_binary(rand:uniform(40)))/binary>>.

object(0) -> 0;
object(D) ->
    case rand:uniform(9) of
        1 -> ?ME;
        2 -> ?ME;
        3 -> from();
        4 -> id(rand:uniform(3000));
        5 -> <<?ME/binary, "/outbox/", (integer_to_binary(rand:uniform(300)))/binary>>;
        6 -> one([null, true, 7, 1.5, [], <<>>, #{}]);
        _ -> maps:from_list([{K, V} || {K, V} <- [{<<"type">>, type()}, {<<"id">>, object(0)}, {<<"id">>, id(rand:uniform(3000))}, {<<"actor">>, from()}, {<<"actor">>, ?ME},
                                                  {<<"object">>, object(D - 1)}], rand:uniform(4) > 1])
    end.

%% Follows that may be accepted are named the same way from both ends; who follows asked; who is blocked does neither.
in_step(#{asked := Asked, asked_by := By, followers := Followers, blocked := Blocked} = Actor) ->
    true = map_size(Asked) =:= map_size(By),
    true = lists:all(fun({Who, #{follow := Follow}}) -> map_get(Follow, By) =:= Who end, maps:to_list(Asked)),
    true = lists:all(fun({Who, _}) -> is_map_key(Who, Asked) end, nx_people:to_list(Followers)),
    true = lists:all(fun(Who) -> not is_map_key(Who, Asked) end, maps:keys(Blocked)),
    Actor.
