%% http_server.erl - the kernel on the web.
%%
%%   GET  /                            what this is
%%   GET  /capabilities                what it can do
%%   GET  /peers                       how deliveries to other hosts go (an owner)
%%   POST /inbox                       tell everybody here who follows the sender (signed)
%%   GET  /actors/NAME                 the actor's document
%%   GET  /actors/NAME/outbox          what it has said; /outbox/N one of it
%%   POST /actors/NAME/outbox          say something (its owner)
%%   GET  /actors/NAME/inbox           what it was told (its owner)
%%   POST /actors/NAME/inbox           tell it something (signed)
%%   GET  /actors/NAME/followers, /actors/NAME/following
%%
%% Answers are plain text unless JSON is asked for. What needs the kernel calls it from the handler's own process,
%% which waits for the answer while others are served; no kernel answers 404 for its actors, one that is gone 503.
%% A request is the map that http:listen gives; functions named *_response_for and handle_* make its response.
-module(http_server).

-export([start/2, stop/1, handle/2, root_response_for/2, capabilities_response_for/2, peers_response_for/2,
         actor_doc_response_for/3, actor_outbox_response_for/3, collection_response_for/4, item_response_for/4,
         handle_outbox_post/3, handle_inbox_post/3]).

-define(PAGE, 50).                 % items of a collection in one answer

%% Loaded before anything is accepted: a thousand first requests at once would each load what they need.
-define(USED, [nx_kernel, nx_inbox, nx_sign, nx_url, nx_json, nx_remote, nx_documents, envelope, pipeline, base64, json, calendar,
               proplists, logger]).

%% Serves on Port and parks the caller until it is stopped. Options: {kernel, ServerName}, {host, Address},
%% {token, Secret} (who sends it is the owner; without it there is none), {base_url, Url} (where others find us, the
%% listening address unless told).
start(Port, Options) ->
    Kernel = kernel(Options),
    Listen = maps:with([host, body_limit], maps:from_list([{K, V} || {K, V} <- Options])),
    case proplists:get_value(base_url, Options) of
        undefined -> learns;
        Url -> set_base(Kernel, Url)
    end,
    [{module, _} = code:ensure_loaded(Module) || Kernel =/= undefined, Module <- ?USED],
    Hidden = without_token(Options),
    Starter = self(),
    Watcher = spawn(fun() -> monitor(process, Starter), watch(Kernel, proplists:is_defined(base_url, Options)) end),
    try http:listen(Listen#{port => Port, notify => Watcher}, fun(Request) -> handle(veiled(Request), Hidden) end)
    after Watcher ! stop
    end.

%% The token inside a function, so that no report of a crash shows it; and the one that a request brings.
without_token(Options) ->
    [case O of {token, Token} -> {token, envelope:hidden(envelope:text(Token))}; _ -> O end || O <- Options].

veiled(#{headers := #{<<"authorization">> := Given} = Headers} = Request) ->
    Request#{headers := Headers#{<<"authorization">> := envelope:hidden(Given)}};
veiled(Request) -> Request.

%% The listener closes; requests in flight are answered. Answers how many were closed.
stop(Port) -> http:close(Port).

%% The engine tells the address once it listens, and what it refused by itself.
watch(Kernel, Based) ->
    receive
        {'http-listening', Url} when not Based ->
            set_base(Kernel, Url),
            watch(Kernel, Based);
        {'http-refused', Status} ->
            logger:warning("http: refused with ~w before it was a request", [Status]),
            watch(Kernel, Based);
        stop -> ok;
        {'DOWN', _, process, _, _} -> ok;
        _ -> watch(Kernel, Based)
    end.

set_base(undefined, _) -> ok;
set_base(Kernel, Url) ->
    try nx_kernel:set_base(Kernel, string:trim(envelope:text(Url), trailing, "/"))
    catch exit:_ -> ok
    end.

%% The response to any request.
handle(#{method := Method, path := Path} = Request, Options) ->
    Get = Method =:= <<"GET">> orelse Method =:= <<"HEAD">>,
    case {Method, binary:split(Path, <<"/">>, [global])} of
        {_, [<<>>, <<>>]} when Get -> root_response_for(Request, Options);
        {_, [<<>>, <<"capabilities">>]} when Get -> capabilities_response_for(Request, Options);
        {_, [<<>>, <<"peers">>]} when Get -> peers_response_for(Request, Options);
        {<<"POST">>, [<<>>, <<"inbox">>]} -> handle_inbox_post(shared, Request, Options);
        {_, [<<>>, <<"actors">>, Name]} when Get -> actor_doc_response_for(Name, Request, Options);
        {_, [<<>>, <<"actors">>, Name, <<"outbox">>]} when Get -> actor_outbox_response_for(Name, Request, Options);
        {_, [<<>>, <<"actors">>, Name, <<"outbox">>, Number]} when Get -> item_response_for(Name, Number, Request, Options);
        {_, [<<>>, <<"actors">>, Name, <<"followers">>]} when Get -> collection_response_for(Name, followers, Request, Options);
        {_, [<<>>, <<"actors">>, Name, <<"following">>]} when Get -> collection_response_for(Name, following, Request, Options);
        {_, [<<>>, <<"actors">>, Name, <<"inbox">>]} when Get ->
            case owner(Request, Options) of
                ok -> collection_response_for(Name, inbox, Request, Options);
                {reject, Status, Reason} -> refuse(Status, Reason, Request)
            end;
        {<<"POST">>, [<<>>, <<"actors">>, Name, <<"outbox">>]} -> handle_outbox_post(Name, Request, Options);
        {<<"POST">>, [<<>>, <<"actors">>, Name, <<"inbox">>]} -> handle_inbox_post(Name, Request, Options);
        {_, [<<>>, <<>>]} -> not_allowed(<<"GET, HEAD">>, Request);
        {_, [<<>>, <<"capabilities">>]} -> not_allowed(<<"GET, HEAD">>, Request);
        {_, [<<>>, <<"peers">>]} -> not_allowed(<<"GET, HEAD">>, Request);
        {_, [<<>>, <<"inbox">>]} -> not_allowed(<<"POST">>, Request);
        {_, [<<>>, <<"actors">>, _]} -> not_allowed(<<"GET, HEAD">>, Request);
        {_, [<<>>, <<"actors">>, _, Box]} when Box =:= <<"outbox">>; Box =:= <<"inbox">> -> not_allowed(<<"GET, HEAD, POST">>, Request);
        {_, [<<>>, <<"actors">>, _, People]} when People =:= <<"followers">>; People =:= <<"following">> -> not_allowed(<<"GET, HEAD">>, Request);
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
           #{<<"signatures">> => [<<"ed25519">>], <<"log">> => <<"sha-256">>, <<"canonical">> => <<"RFC 8785">>,
             <<"formats">> => [<<"text/plain">>, <<"application/json">>], <<"actors">> => Kernel}).

%% A line for each host that something was delivered to.
peers_response_for(Request, Options) ->
    case owner(Request, Options) of
        ok ->
            case ask(fun(Kernel) -> {ok, nx_delivery:peers(nx_kernel:delivery(Kernel))} end, Options) of
                {ok, Peers} -> answer(200, Request, [peer_line(Peer) || Peer <- Peers], #{<<"peers">> => Peers});
                {error, Status, Reason} -> refuse(Status, Reason, Request)
            end;
        {reject, Status, Reason} -> refuse(Status, Reason, Request)
    end.

peer_line(#{<<"host">> := Host, <<"queued">> := Queued, <<"delivered">> := Delivered, <<"dropped">> := Dropped,
            <<"failures">> := Failures, <<"retryInMs">> := RetryIn, <<"last">> := Last}) ->
    io_lib:format("~ts: queued ~w, delivered ~w, dropped ~w, failures ~w, retry in ~w ms, last ~ts\n",
                  [Host, Queued, Delivered, Dropped, Failures, RetryIn, Last]).

actor_doc_response_for(Name, Request, Options) ->
    case state_for(Name, Options) of
        {ok, #{public_keys := Keys} = State} ->
            Id = id(State),
            At = fun(Part) -> <<Id/binary, Part/binary>> end,
            Base = binary:part(Id, 0, byte_size(Id) - byte_size(<<"/actors/", Name/binary>>)),
            answer(200, Request,
                   ["actor: ", Name, "\ninbox: ", At(<<"/inbox">>), "\noutbox: ", At(<<"/outbox">>), "\n",
                    [["key: ", KeyId, " ", base64:encode(Value), "\n"] || #{key_id := KeyId, value := Value} <- Keys]],
                   #{<<"id">> => Id, <<"type">> => <<"Person">>, <<"name">> => Name,
                     <<"inbox">> => At(<<"/inbox">>), <<"outbox">> => At(<<"/outbox">>),
                     <<"followers">> => At(<<"/followers">>), <<"following">> => At(<<"/following">>),
                     <<"sharedInbox">> => <<Base/binary, "/inbox">>,
                     <<"publicKeys">> => [#{<<"id">> => <<Id/binary, "#", KeyId/binary>>, <<"owner">> => Id,
                                            <<"algorithm">> => Algorithm, <<"created">> => Created, <<"value">> => base64:encode(Value)}
                                          || #{key_id := KeyId, algorithm := Algorithm, created := Created, value := Value} <- Keys]});
        {error, Status, Reason} -> refuse(Status, Reason, Request)
    end.

%% The actor's address; from the root while nobody knows where we listen.
id(#{id := Name, name := Name}) -> <<"/actors/", Name/binary>>;
id(#{id := Id}) -> Id.

actor_outbox_response_for(Name, Request, Options) ->
    case wants_json(Request) of
        true -> collection_response_for(Name, outbox, Request, Options);
        false ->
            case state_for(Name, Options) of
                {ok, #{tip := Tip}} -> text(200, ["outbox: ", Name, "\ntip: ", integer_to_binary(Tip), "\n"]);
                {error, Status, Reason} -> refuse(Status, Reason, Request)
            end
    end.

item_response_for(Name, Number, Request, Options) ->
    try binary_to_integer(Number) of
        N ->
            case ask(fun(Kernel) -> nx_kernel:outbox_item(Kernel, Name, N) end, Options) of
                {ok, {ok, #{<<"id">> := Id, <<"type">> := Type, <<"actor">> := Actor, <<"published">> := At} = Envelope}} ->
                    answer(200, Request, ["activity: ", Id, "\ntype: ", Type, "\nactor: ", Actor, "\npublished: ", integer_to_binary(At), "\n"], Envelope);
                {ok, error} -> refuse(404, not_found, Request);
                {error, Status, Reason} -> refuse(Status, Reason, Request)
            end
    catch error:badarg -> refuse(404, not_found, Request)
    end.

%% An ordered collection, the newest first, PAGE items at a time; `next` leads to what is older.
collection_response_for(Name, Which, Request, Options) ->
    case state_for(Name, Options) of
        {ok, State} ->
            Url = <<(id(State))/binary, "/", (atom_to_binary(Which, utf8))/binary>>,
            Before = before(Request),
            case ask(fun(Kernel) -> nx_kernel:collection(Kernel, Name, Which, min(Before, 1 bsl 50), ?PAGE) end, Options) of
                {ok, Page} -> page(Url, Before, Page, Which, Name, Request);
                {error, Status, Reason} -> refuse(Status, Reason, Request)
            end;
        {error, Status, Reason} -> refuse(Status, Reason, Request)
    end.

before(#{query := <<"before=", N/binary>>}) when byte_size(N) < 15 ->
    try max(1, binary_to_integer(N)) catch error:badarg -> infinite end;
before(_) -> infinite.

page(Url, Before, #{total := Total, items := Items, first := First, next := Oldest}, Which, Name, Request) ->
    Common = #{<<"totalItems">> => Total, <<"orderedItems">> => Items},
    Next = case Oldest of none -> Common; _ -> Common#{<<"next">> => page_url(Url, Oldest)} end,
    Json = case Before of
               infinite -> Next#{<<"type">> => <<"OrderedCollection">>, <<"id">> => Url, <<"first">> => page_url(Url, First)};
               _ -> Next#{<<"type">> => <<"OrderedCollectionPage">>, <<"id">> => page_url(Url, Before), <<"partOf">> => Url}
           end,
    answer(200, Request, [atom_to_binary(Which, utf8), ": ", Name, "\ntotal: ", integer_to_binary(Total), "\n"], Json).

page_url(Url, Before) -> <<Url/binary, "?before=", (integer_to_binary(Before))/binary>>.

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

%% Another actor tells: 202 once it is known to be its own, 200 when it was told before.
handle_inbox_post(To, Request, Options) ->
    try nx_inbox:check(To, Request, kernel(Options)) of
        {accept, Envelope, Sender} ->
            case ask(fun(Kernel) -> nx_kernel:deliver(Kernel, To, Envelope, Sender) end, Options) of
                {ok, Which, _} ->
                    Status = case Which of new -> 202; known -> 200 end,
                    answer(Status, Request, ["accepted: ", atom_to_binary(Which, utf8), "\n"], #{<<"accepted">> => Which});
                {error, Status, Reason} ->
                    logger:warning("inbox: refused with ~w: ~w", [Status, Reason]),
                    refuse(Status, Reason, Request)
            end;
        {reject, Status, Reason} -> refuse(Status, Reason, Request)
    catch exit:_ -> refuse(503, no_kernel, Request)
    end.

known(Name, Options) ->
    case state_for(Name, Options) of
        {ok, _} -> ok;
        {error, Status, Reason} -> {reject, Status, Reason}
    end.

%% In a time that does not tell where they differ: digests of equal size are compared as a whole.
owner(#{headers := Headers}, Options) ->
    Token = envelope:reveal(proplists:get_value(token, Options)),
    case envelope:reveal(maps:get(<<"authorization">>, Headers, none)) of
        <<"Bearer ", Given/binary>> when is_binary(Token), Token =/= <<>> ->
            case crypto:hash_equals(crypto:hash(sha256, Given), crypto:hash(sha256, Token)) of
                true -> ok;
                false -> {reject, 401, not_allowed}
            end;
        _ -> {reject, 401, not_allowed}
    end.

parse(#{body := Body}) ->
    case nx_json:decode(iolist_to_binary(Body)) of
        {ok, Map} when is_map(Map) -> {ok, Map};
        {ok, _} -> {reject, 400, not_an_object};
        {error, Reason} -> {reject, 400, Reason}
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
json(Status, Term) -> response(Status, <<"application/json">>, [nx_json:encode(Term), $\n]).

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
