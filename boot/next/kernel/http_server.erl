%% http_server.erl - the kernel on the web.
%%
%%   GET  /                       what this is
%%   GET  /capabilities           what it can do
%%   GET  /actors/NAME            the actor's document
%%   GET  /actors/NAME/outbox     how much it has said
%%   POST /actors/NAME/outbox     say something (its owner)
%%   POST /actors/NAME/inbox      tell it something (signed)
%%
%% Answers are plain text unless JSON is asked for. What needs the kernel calls it from the handler's own process,
%% which waits for the answer while others are served; no kernel answers 404 for its actors, one that is gone 503.
%% A request is the map that http:listen gives; functions named *_response_for and handle_* make its response.
-module(http_server).

-export([start/2, handle/2, root_response_for/2, capabilities_response_for/2, actor_doc_response_for/3,
         actor_outbox_response_for/3, handle_outbox_post/3, handle_inbox_post/3]).

-define(PAGE, 20).                 % newest items shown in a JSON outbox

%% Serves on Port and parks the caller for good. Options: {kernel, ServerName}, {host, Address},
%% {token, Secret} (who sends it is the owner; without it there is none).
start(Port, Options) ->
    Listen = maps:with([host, body_limit], maps:from_list([{K, V} || {K, V} <- Options])),
    http:listen(Listen#{port => Port}, fun(Request) -> handle(Request, Options) end).

%% The response to any request.
handle(#{method := Method, path := Path} = Request, Options) ->
    case {Method, binary:split(Path, <<"/">>, [global])} of
        {Get, [<<>>, <<>>]} when Get =:= <<"GET">>; Get =:= <<"HEAD">> -> root_response_for(Request, Options);
        {Get, [<<>>, <<"capabilities">>]} when Get =:= <<"GET">>; Get =:= <<"HEAD">> ->
            capabilities_response_for(Request, Options);
        {Get, [<<>>, <<"actors">>, Name]} when Get =:= <<"GET">>; Get =:= <<"HEAD">> ->
            actor_doc_response_for(Name, Request, Options);
        {Get, [<<>>, <<"actors">>, Name, <<"outbox">>]} when Get =:= <<"GET">>; Get =:= <<"HEAD">> ->
            actor_outbox_response_for(Name, Request, Options);
        {<<"POST">>, [<<>>, <<"actors">>, Name, <<"outbox">>]} -> handle_outbox_post(Name, Request, Options);
        {<<"POST">>, [<<>>, <<"actors">>, Name, <<"inbox">>]} -> handle_inbox_post(Name, Request, Options);
        {_, [<<>>, <<>>]} -> not_allowed(<<"GET, HEAD">>, Request);
        {_, [<<>>, <<"capabilities">>]} -> not_allowed(<<"GET, HEAD">>, Request);
        {_, [<<>>, <<"actors">>, _]} -> not_allowed(<<"GET, HEAD">>, Request);
        {_, [<<>>, <<"actors">>, _, <<"outbox">>]} -> not_allowed(<<"GET, HEAD, POST">>, Request);
        {_, [<<>>, <<"actors">>, _, <<"inbox">>]} -> not_allowed(<<"POST">>, Request);
        _ -> refuse(404, not_found, Request)
    end.

%% ---- pages -----------------------------------------------------------------------------------------

root_response_for(Request, _) ->
    answer(200, Request,
           "next kernel\ncapabilities: /capabilities\nactors: /actors/NAME\n",
           #{<<"name">> => <<"next kernel">>, <<"capabilities">> => <<"/capabilities">>,
             <<"actors">> => <<"/actors/NAME">>}).

capabilities_response_for(Request, Options) ->
    Kernel = proplists:is_defined(kernel, Options),
    answer(200, Request,
           ["signatures: ed25519\nlog: sha-256\nformats: text/plain, application/json\nactors: ",
            case Kernel of true -> "yes"; false -> "no" end, "\n"],
           #{<<"signatures">> => [<<"ed25519">>], <<"log">> => <<"sha-256">>,
             <<"formats">> => [<<"text/plain">>, <<"application/json">>], <<"actors">> => Kernel}).

actor_doc_response_for(Name, Request, Options) ->
    case state_for(Name, Options) of
        {ok, #{public_keys := Keys}} ->
            At = [<<"/actors/">>, Name],
            Inbox = iolist_to_binary([At, <<"/inbox">>]),
            Outbox = iolist_to_binary([At, <<"/outbox">>]),
            answer(200, Request,
                   ["actor: ", Name, "\ninbox: ", Inbox, "\noutbox: ", Outbox, "\n",
                    [["key: ", Id, " ", base64:encode(Value), "\n"] || #{key_id := Id, value := Value} <- Keys]],
                   #{<<"id">> => iolist_to_binary(At), <<"type">> => <<"Person">>, <<"name">> => Name,
                     <<"inbox">> => Inbox, <<"outbox">> => Outbox,
                     <<"publicKeys">> => [#{<<"id">> => Id, <<"algorithm">> => Algorithm, <<"created">> => Created,
                                            <<"value">> => base64:encode(Value)}
                                          || #{key_id := Id, algorithm := Algorithm, created := Created,
                                               value := Value} <- Keys]});
        {error, Status, Reason} -> refuse(Status, Reason, Request)
    end.

actor_outbox_response_for(Name, Request, Options) ->
    case state_for(Name, Options) of
        {ok, #{tip := Tip}} ->
            case wants_json(Request) of
                true ->
                    {ok, Items} = nx_kernel:outbox_items(kernel(Options), Name, max(1, Tip - ?PAGE + 1), ?PAGE),
                    json(200, #{<<"type">> => <<"OrderedCollection">>,
                                <<"id">> => iolist_to_binary([<<"/actors/">>, Name, <<"/outbox">>]),
                                <<"totalItems">> => Tip, <<"orderedItems">> => lists:reverse(Items)});
                false -> text(200, ["outbox: ", Name, "\ntip: ", integer_to_binary(Tip), "\n"])
            end;
        {error, Status, Reason} -> refuse(Status, Reason, Request)
    end.

%% ---- posts -----------------------------------------------------------------------------------------

%% The owner publishes: 201 with the new activity's address.
handle_outbox_post(Name, Request, Options) ->
    Checks = [{actor, fun(_) -> known(Name, Options) end},
              {owner, fun(_) -> owner(Request, Options) end},
              {body, fun(_) -> parse(Request) end}],
    case pipeline:run(Checks, none) of
        {accept, Activity} ->
            case ask(fun(Kernel) -> nx_kernel:publish(Kernel, Name, Activity) end, Options) of
                {ok, #{<<"id">> := Id} = Envelope, Tip} ->
                    Response = answer(201, Request,
                                      ["published: ", Id, "\ntip: ", integer_to_binary(Tip), "\n"], Envelope),
                    with_header(<<"location">>, Id, Response);
                {error, Status, Reason} -> refuse(Status, Reason, Request)
            end;
        {reject, Status, Reason} -> refuse(Status, Reason, Request)
    end.

%% Another actor tells: 202 once its envelope is known to be its own. The cheap questions come first.
handle_inbox_post(Name, Request, Options) ->
    Checks = [{signed, fun(_) -> signed(Request) end},
              {actor, fun(_) -> known(Name, Options) end},
              {body, fun(_) -> parse(Request) end},
              {envelope, fun as_envelope/1},
              {signature, fun(Envelope) -> genuine(Envelope, Options) end}],
    case pipeline:run(Checks, none) of
        {accept, Envelope} ->
            case ask(fun(Kernel) -> nx_kernel:deliver(Kernel, Name, Envelope) end, Options) of
                {ok, Which, _} -> answer(202, Request, ["accepted: ", atom_to_binary(Which, utf8), "\n"],
                                         #{<<"accepted">> => Which});
                {error, Status, Reason} -> refuse(Status, Reason, Request)
            end;
        {reject, Status, Reason} -> refuse(Status, Reason, Request)
    end.

%% Signed is what claims to be: by a signature header or by a signature in the envelope.
signed(#{headers := #{<<"signature">> := _}}) -> ok;
signed(Request) ->
    case parse(Request) of
        {ok, Body} ->
            case envelope:is_signed(Body) of
                true -> ok;
                false -> {reject, 401, unsigned}
            end;
        _ -> {reject, 401, unsigned}
    end.

known(Name, Options) ->
    case state_for(Name, Options) of
        {ok, _} -> ok;
        {error, Status, Reason} -> {reject, Status, Reason}
    end.

owner(#{headers := Headers}, Options) ->
    case {proplists:get_value(token, Options), Headers} of
        {Token, #{<<"authorization">> := <<"Bearer ", Given/binary>>}} when is_binary(Token) ->
            case same(Given, Token) of
                true -> ok;
                false -> {reject, 401, not_allowed}
            end;
        _ -> {reject, 401, not_allowed}
    end.

%% In a time that does not tell where they differ: digests of equal length are compared as a whole.
same(A, B) ->
    <<X:256>> = crypto:hash(sha256, A),
    <<Y:256>> = crypto:hash(sha256, B),
    X bxor Y =:= 0.

parse(#{body := Body}) ->
    try json:decode(iolist_to_binary(Body)) of
        Map when is_map(Map) -> {ok, Map};
        _ -> {reject, 400, not_an_object}
    catch error:_ -> {reject, 400, not_json}
    end.

as_envelope(Map) ->
    case envelope:from_map(Map) of
        {ok, _} = Ok -> Ok;
        {error, Reason} -> {reject, 400, Reason}
    end.

genuine(#{<<"actor">> := From} = Envelope, Options) ->
    case state_for(From, Options) of
        {ok, #{public_keys := Keys}} ->
            case envelope:verify(Envelope, Keys) of
                ok -> ok;
                {error, Reason} -> {reject, 401, Reason}
            end;
        {error, 404, _} -> {reject, 401, unknown_sender};
        {error, Status, Reason} -> {reject, Status, Reason}
    end.

%% ---- the kernel ------------------------------------------------------------------------------------

kernel(Options) -> proplists:get_value(kernel, Options).

state_for(Name, Options) -> ask(fun(Kernel) -> nx_kernel:state_for(Kernel, Name) end, Options).

%% What F gets from the kernel, errors with a status.
ask(F, Options) ->
    case kernel(Options) of
        undefined -> {error, 404, unknown_actor};
        Kernel ->
            try F(Kernel) of
                {error, unknown_actor} -> {error, 404, unknown_actor};
                Answer -> Answer
            catch exit:_ -> {error, 503, no_kernel}
            end
    end.

%% ---- responses -------------------------------------------------------------------------------------

answer(Status, Request, Text, Json) ->
    case wants_json(Request) of
        true -> json(Status, Json);
        false -> text(Status, Text)
    end.

text(Status, Text) -> response(Status, <<"text/plain; charset=utf-8">>, Text).
json(Status, Term) -> response(Status, <<"application/json">>, [json:encode(Term), $\n]).

response(Status, Type, Body) ->
    #{status => Status, headers => #{<<"content-type">> => Type}, body => iolist_to_binary(Body)}.

with_header(Name, Value, #{headers := Headers} = Response) -> Response#{headers := Headers#{Name => Value}}.

%% Reason is an atom, or a tuple that begins with one: only that atom is told.
refuse(Status, Reason, Request) when is_tuple(Reason) -> refuse(Status, element(1, Reason), Request);
refuse(Status, Reason, Request) ->
    Word = atom_to_binary(Reason, utf8),
    answer(Status, Request, ["error: ", Word, "\n"], #{<<"error">> => Word}).

not_allowed(Methods, Request) -> with_header(<<"allow">>, Methods, refuse(405, method_not_allowed, Request)).

%% Whether the accept header prefers JSON to plain text; of equals the one named first.
wants_json(#{headers := #{<<"accept">> := Accept}}) ->
    Ranges = [media_range(R) || R <- binary:split(Accept, <<",">>, [global])],
    case lists:keysort(1, [{-Q, Kind} || {Kind, Q} <- Ranges, Kind =/= other, Q > 0]) of
        [{_, Kind} | _] -> Kind =:= json;
        [] -> false
    end;
wants_json(_) -> false.

media_range(Range) ->
    [Type | Parameters] = [string:lowercase(string:trim(P)) || P <- binary:split(Range, <<";">>, [global])],
    {kind(Type), lists:foldl(fun quality/2, 1.0, Parameters)}.

kind(<<"application/json">>) -> json;
kind(<<"application/", Sub/binary>>) when byte_size(Sub) > 5 ->
    case binary:part(Sub, byte_size(Sub), -5) of
        <<"+json">> -> json;
        _ -> other
    end;
kind(<<"text/plain">>) -> text;
kind(<<"text/*">>) -> text;
kind(_) -> other.

quality(<<"q=", Q/binary>>, _) ->
    try binary_to_float(Q)
    catch error:_ ->
            try float(binary_to_integer(Q))
            catch error:_ -> 0.0
            end
    end;
quality(_, Q) -> Q.
