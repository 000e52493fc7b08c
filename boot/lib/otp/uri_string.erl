%% uri_string.erl - URIs by RFC 3986: parsing, putting together, normal form, resolving; and form data in queries.
%% A URI is a string or a binary; its parts are of the same kind, in a map with those keys that it has:
%% scheme, userinfo, host, port, path, query, fragment. Errors are values: {error, Reason, What}.
-module(uri_string).

-export([parse/1, recompose/1, normalize/1, normalize/2, resolve/2, resolve/3, transcode/2, compose_query/1,
         compose_query/2, dissect_query/1, percent_decode/1, quote/1, quote/2, unquote/1, allowed_characters/0, is_host/1,
         is_path/1]).

-export_type([uri_string/0, uri_map/0, error/0]).
-type uri_string() :: iodata().
-type uri_map() :: map().
-type error() :: {error, atom(), term()}.

-define(IS_DIGIT(C), C >= $0, C =< $9).
-define(IS_UPPER(C), C >= $A, C =< $Z).
-define(IS_LOWER(C), C >= $a, C =< $z).

%% ---- characters ---------------------------------------------------------------------------------------------------

unreserved(C) when ?IS_DIGIT(C); ?IS_UPPER(C); ?IS_LOWER(C) -> true;
unreserved(C) -> lists:member(C, "-._~").

sub_delim(C) -> lists:member(C, "!$&'()*+,;=").

gen_delim(C) -> lists:member(C, ":/?#[]@").

pchar(C) -> unreserved(C) orelse sub_delim(C) orelse C =:= $: orelse C =:= $@ orelse C =:= $%.

query_char(C) -> pchar(C) orelse C =:= $/ orelse C =:= $?.

path_char(C) -> pchar(C) orelse C =:= $/.

userinfo_char(C) -> unreserved(C) orelse sub_delim(C) orelse C =:= $: orelse C =:= $%.

reg_name_char(C) -> unreserved(C) orelse sub_delim(C) orelse C =:= $%.

scheme_char(C) when ?IS_DIGIT(C); ?IS_UPPER(C); ?IS_LOWER(C) -> true;
scheme_char(C) -> lists:member(C, "+-.").

hex(C) when ?IS_DIGIT(C) -> true;
hex(C) when C >= $a, C =< $f; C >= $A, C =< $F -> true;
hex(_) -> false.

allowed_characters() ->
    [{scheme, set(fun scheme_char/1)}, {userinfo, set(fun userinfo_char/1)},
     {host, set(fun(C) -> unreserved(C) orelse sub_delim(C) orelse C =:= $: end)},
     {ipv4, ".0123456789"}, {ipv6, ".0123456789:ABCDEFabcdef"}, {regname, set(fun reg_name_char/1)}, {path, set(fun path_char/1)},
     {query, set(fun query_char/1)}, {fragment, set(fun query_char/1)}, {reserved, set(fun(C) -> gen_delim(C) orelse sub_delim(C) end)},
     {unreserved, set(fun unreserved/1)}].

set(Allowed) -> [C || C <- lists:seq(33, 126), Allowed(C)].

%% ---- parsing ----------------------------------------------------------------------------------------------------------

%% Text beyond ASCII is taken as it is in a string's parts; what may not stand in a part is an error that names it.
parse(Uri) when is_binary(Uri) ->
    case unicode:characters_to_list(Uri) of
        Chars when is_list(Chars) ->
            try maps:map(fun part_of_binary/2, uri(Chars))
            catch throw:{error, Reason, What} -> {error, Reason, What}
            end;
        _ -> error(function_clause)
    end;
parse(Uri) when is_list(Uri) ->
    case unicode:characters_to_list(Uri) of
        Chars when is_list(Chars) ->
            try uri(Chars)
            catch throw:{error, Reason, What} -> {error, Reason, What}
            end;
        _ -> {error, invalid_utf8, Uri}
    end.

part_of_binary(port, Port) when is_integer(Port); Port =:= undefined -> Port;
part_of_binary(_, Chars) -> unicode:characters_to_binary(Chars).

uri(Chars) ->
    case lists:splitwith(fun scheme_char/1, Chars) of
        {[C | _] = Scheme, [$: | Rest]} when ?IS_UPPER(C); ?IS_LOWER(C) -> 
            try hier(Rest, #{scheme => Scheme})
            catch throw:{error, invalid_uri, _} -> bad($:)
            end;
        {[], [$: | _]} -> bad($:);
        _ -> relative(Chars)
    end.

%% The character that may not stand there. What is no URI is read as a relative reference, which ends at the scheme's colon.
bad(C) -> throw({error, invalid_uri, [C]}).

%% A relative reference's first segment holds no colon.
relative(Chars) ->
    {First, _} = lists:splitwith(fun(C) -> not lists:member(C, "/?#") end, Chars),
    case lists:member($:, First) of
        true -> bad($:);
        false -> hier(Chars, #{})
    end.

hier([$/, $/ | Rest], Map) ->
    {Authority, Behind} = lists:splitwith(fun(C) -> not lists:member(C, "/?#") end, Rest),
    path(Behind, authority(Authority, Map));
hier(Rest, Map) -> path(Rest, Map).

authority(Chars, Map) ->
    case string:split(Chars, "@") of
        [User, Host] -> host(Host, Map#{userinfo => checked(User, fun userinfo_char/1)});
        [Host] -> host(Host, Map)
    end.

host([$[ | Rest], Map) ->
    case string:split(Rest, "]") of
        [Address, Behind] ->
            case inet:parse_ipv6strict_address(Address) of
                {ok, _} -> port(Behind, Map#{host => Address});
                _ -> bad($:)
            end;
        _ -> bad($:)
    end;
host(Chars, Map) ->
    {Host, Behind} = lists:splitwith(fun(C) -> C =/= $: end, Chars),
    port(Behind, Map#{host => checked(Host, fun reg_name_char/1)}).

port([], Map) -> Map;
port(":", Map) -> Map#{port => undefined};
port([$: | Digits], Map) ->
    case [C || C <- Digits, C < $0 orelse C > $9] of
        [] -> Map#{port => list_to_integer(Digits)};
        [C | _] -> bad(C)
    end;
port([C | _], _) -> bad(C).

path(Chars, Map) ->
    {Path, Behind} = lists:splitwith(fun(C) -> C =/= $? andalso C =/= $# end, Chars),
    query(Behind, Map#{path => checked(Path, fun path_char/1)}).

query([$? | Chars], Map) ->
    {Query, Behind} = lists:splitwith(fun(C) -> C =/= $# end, Chars),
    fragment(Behind, Map#{query => checked(Query, fun query_char/1)});
query(Chars, Map) -> fragment(Chars, Map).

fragment([$# | Chars], Map) -> Map#{fragment => checked(Chars, fun query_char/1)};
fragment([], Map) -> Map.

%% The part, when it holds nothing but what may stand there.
checked(Chars, Allowed) ->
    case lists:dropwhile(fun(C) -> C < 128 andalso Allowed(C) end, Chars) of
        [] -> Chars;
        [C | _] -> bad(C)
    end.

is_host(Host) -> lists:all(fun(C) -> unreserved(C) orelse sub_delim(C) orelse C =:= $: end, chars(Host)).
is_path(Path) -> lists:all(fun path_char/1, chars(Path)).

chars(X) ->
    case unicode:characters_to_list(X) of
        L when is_list(L) -> L;
        _ -> error(badarg)
    end.

%% ---- putting together ------------------------------------------------------------------------------------------------------

recompose(Map) when is_map(Map) ->
    try
        valid_map(Map),
        Text = text(maps:map(fun(port, P) -> P; (_, V) -> chars(V) end, encoded(Map))),
        same_kind(maps:get(path, Map), Text)
    catch throw:{error, Reason, What} -> {error, Reason, What}
    end.

valid_map(#{path := _}) -> ok;
valid_map(Map) -> throw({error, invalid_map, Map}).

encoded(Map) ->
    maps:map(fun(userinfo, V) -> escaped(V, fun userinfo_char/1);
                (host, V) -> escaped(V, fun(C) -> reg_name_char(C) orelse C =:= $: end);
                (path, V) -> escaped(V, fun path_char/1);
                (query, V) -> escaped(V, fun query_char/1);
                (fragment, V) -> escaped(V, fun query_char/1);
                (_, V) -> V
             end, Map).

%% Characters that may not stand there are escaped; of escapes that are there the % stays.
escaped(V, Allowed) when is_binary(V) -> unicode:characters_to_binary(escaped(chars(V), Allowed));
escaped(V, Allowed) -> lists:append([if C =:= $% -> "%"; true -> case Allowed(C) of true -> [C]; false -> escape(C) end end || C <- chars(V)]).

escape(C) -> lists:append([[$%, digit(B bsr 4), digit(B band 15)] || <<B>> <= <<C/utf8>>]).

digit(D) when D < 10 -> $0 + D;
digit(D) -> $A + D - 10.

text(Map) ->
    lists:flatten([case Map of #{scheme := S} -> S ++ ":"; _ -> "" end,
     case Map of
         #{host := H} ->
             ["//", case Map of #{userinfo := U} -> U ++ "@"; _ -> "" end,
              case lists:member($:, H) of true -> "[" ++ H ++ "]"; false -> H end,
              case Map of #{port := undefined} -> ":"; #{port := P} -> ":" ++ integer_to_list(P); _ -> "" end];
         _ -> ""
     end,
     case Map of
         #{host := _, path := [C | _] = Path} when C =/= $/ -> [$/ | Path];
         #{path := Path} -> Path
     end,
     case Map of #{query := Q} -> "?" ++ Q; _ -> "" end,
     case Map of #{fragment := F} -> "#" ++ F; _ -> "" end]).

%% ---- normal form ---------------------------------------------------------------------------------------------------------------

normalize(Uri) -> normalize(Uri, []).

%% Lower case where case means nothing, no needless escapes, no dot segments, no default port. Option return_map.
normalize(Uri, Options) ->
    try normal(to_map(Uri), Options)
    catch throw:{error, Reason, What} -> {error, Reason, What}
    end.

normal(Uri, Options) ->
    case Uri of
        #{} = Map ->
            Normal = by_scheme(dots(decoded(lower(Map)))),
            case lists:member(return_map, Options) of
                true -> Normal;
                false -> recompose(Normal)
            end;
        Error -> Error
    end.

to_map(Map) when is_map(Map) ->
    lists:all(fun(K) -> lists:member(K, [scheme, userinfo, host, port, path, query, fragment]) end, maps:keys(Map)) orelse error(function_clause),
    Map;
to_map(Uri) -> parse(Uri).

lower(Map) ->
    maps:map(fun(K, V) when K =:= scheme; K =:= host -> same_kind(V, string:to_lower(chars(V)));
                (_, V) -> V
             end, Map).

same_kind(Like, Chars) when is_binary(Like) -> unicode:characters_to_binary(Chars);
same_kind(_, Chars) -> Chars.

decoded(Map) ->
    maps:map(fun(K, V) when K =:= scheme; K =:= port -> V;
                (_, V) -> same_kind(V, plain(chars(V)))
             end, Map).

%% Escapes of unreserved characters are taken back, others get capital digits.
plain([$%, A, B | Cs]) ->
    hex(A) andalso hex(B) orelse throw({error, invalid_percent_encoding, list_to_binary([$%, A, B])}),
    C = list_to_integer([A, B], 16),
    case unreserved(C) of
        true -> [C | plain(Cs)];
        false -> [$%, digit(C bsr 4), digit(C band 15) | plain(Cs)]
    end;
plain([C | Cs]) -> [C | plain(Cs)];
plain([]) -> [].

dots(#{path := Path} = Map) -> Map#{path := same_kind(Path, without_dots(chars(Path)))}.

without_dots(Path) -> without_dots(Path, []).

%% RFC 3986, 5.2.4; the output is a list of segments, last first, each with its slash.
without_dots("../" ++ In, Out) -> without_dots(In, Out);
without_dots("./" ++ In, Out) -> without_dots(In, Out);
without_dots("/./" ++ In, Out) -> without_dots("/" ++ In, Out);
without_dots("/.", Out) -> without_dots("/", Out);
without_dots("/../" ++ In, Out) -> without_dots("/" ++ In, one_up(Out));
without_dots("/..", Out) -> without_dots("/", one_up(Out));
without_dots(".", Out) -> without_dots("", Out);
without_dots("..", Out) -> without_dots("", Out);
without_dots("", Out) -> lists:append(lists:reverse(Out));
without_dots([C | In], Out) ->
    {Segment, Rest} = lists:splitwith(fun(X) -> X =/= $/ end, In),
    without_dots(Rest, [[C | Segment] | Out]).

one_up([_ | Out]) -> Out;
one_up([]) -> [].

by_scheme(#{scheme := Scheme} = Map) ->
    case chars(Scheme) of
        "http" -> rooted(default_port(80, Map));
        "https" -> rooted(default_port(443, Map));
        "ftp" -> default_port(21, Map);
        "ssh" -> default_port(22, Map);
        "sftp" -> default_port(22, Map);
        "tftp" -> default_port(69, Map);
        _ -> Map
    end;
by_scheme(Map) -> Map.

default_port(Port, #{port := P} = Map) when P =:= Port; P =:= undefined -> maps:remove(port, Map);
default_port(_, Map) -> Map.

rooted(#{path := ""} = Map) -> Map#{path := "/"};
rooted(#{path := <<>>} = Map) -> Map#{path := <<"/">>};
rooted(Map) -> Map.

%% ---- resolving ---------------------------------------------------------------------------------------------------------------------

resolve(Ref, Base) -> resolve(Ref, Base, []).

%% The reference Ref as seen from Base. Option return_map.
resolve(Ref, Base, Options) ->
    case to_map(Ref) of
        #{scheme := _} = R -> answered(dots(R), Options);
        #{} = R ->
            case to_map(Base) of
                #{scheme := _} = B -> answered(target(R, B), Options);
                #{} -> {error, invalid_scheme, ""};
                Error -> Error
            end;
        Error -> Error
    end.

answered(Target, Options) ->
    case lists:member(return_map, Options) of
        true -> Target;
        false -> recompose(Target)
    end.

%% RFC 3986, 5.2.2.
target(#{host := _} = R, #{scheme := S}) -> dots(R#{scheme => S});
target(#{path := Path} = R, #{path := BasePath} = B) ->
    T = maps:with([fragment], R),
    Kept = maps:with([scheme, userinfo, host, port], B),
    case chars(Path) of
        "" -> maps:merge(maps:merge(Kept, maps:with([path, query], maps:merge(B, maps:with([query], R)))), T);
        Chars ->
            Full = case Chars of
                       [$/ | _] -> Chars;
                       _ -> merged(chars(BasePath), Chars, is_map_key(host, B))
                   end,
            maps:merge(maps:merge(Kept, maps:with([query], R)), T#{path => case is_binary(map_get(scheme, B)) andalso is_binary(Path) of true -> same_kind(Path, without_dots(Full)); false -> without_dots(Full) end})
    end.

merged("", Path, true) -> [$/ | Path];
merged(Base, Path, _) -> lists:reverse(lists:dropwhile(fun(C) -> C =/= $/ end, lists:reverse(Base))) ++ Path.

%% The same URI in another encoding; {in_encoding, E}, {out_encoding, E}.
transcode(Uri, Options) ->
    In = proplists:get_value(in_encoding, Options, utf8),
    Out = proplists:get_value(out_encoding, Options, utf8),
    case Uri of
        _ when is_binary(Uri) ->
            case unicode:characters_to_list(Uri, In) of
                Chars when is_list(Chars) -> unicode:characters_to_binary(Chars, unicode, Out);
                {_, _, Rest} -> {error, invalid_input, Rest}
            end;
        _ -> chars([case X of _ when is_binary(X) -> unicode:characters_to_binary(X, In); _ -> X end || X <- Uri])
    end.

%% ---- escapes ---------------------------------------------------------------------------------------------------------------------------

quote(Text) when is_list(Text); is_binary(Text) -> quote(Text, "").

%% Everything but unreserved characters, and those of Safe, is escaped.
quote(Text, Safe) ->
    same_kind(Text, lists:append([case unreserved(C) orelse lists:member(C, Safe) of true -> [C]; false -> escape(C) end || C <- chars(Text)])).

unquote(Text) -> percent_decode(Text).

percent_decode(Map) when is_map(Map) ->
    try maps:map(fun(K, V) when K =:= port; V =:= undefined -> V;
                    (K, V) ->
                         case try percent_decode(V) catch throw:{error, invalid_utf8, B} -> throw({error, {invalid, K, invalid_utf8}, B}) end of
                             {error, Reason, What} -> throw({error, {Reason, K}, What});
                             Plain -> Plain
                         end
                 end, Map)
    catch
        throw:{error, {Reason, K}, What} -> {error, {Reason, K}, What};
        throw:{error, {invalid, K, Reason}, What} -> {error, {invalid, {K, {Reason, What}}}}
    end;
percent_decode(Text) when is_list(Text); is_binary(Text) ->
    try bytes(chars(Text)) of
        Bytes ->
            case unicode:characters_to_list(Bytes) of
                Chars when is_list(Chars) -> same_kind(Text, Chars);
                _ -> throw({error, invalid_utf8, Bytes})
            end
    catch throw:{bad, What} -> {error, invalid_percent_encoding, list_to_binary(What)}
    end.

bytes(Chars) -> iolist_to_binary(bytes_of(Chars)).

bytes_of([$%, A, B | Cs]) ->
    case hex(A) andalso hex(B) of
        true -> [list_to_integer([A, B], 16) | bytes_of(Cs)];
        false -> throw({bad, [$%, A, B]})
    end;
bytes_of([C | Cs]) -> [<<C/utf8>> | bytes_of(Cs)];
bytes_of([]) -> [].

%% ---- form data: application/x-www-form-urlencoded ------------------------------------------------------------------------------------------

compose_query(Pairs) -> compose_query(Pairs, [{encoding, utf8}]).

compose_query([], _) -> [];
compose_query(Pairs, Options) when is_list(Pairs) ->
    Encoding = proplists:get_value(encoding, Options, utf8),
    try lists:join("&", [pair_text(P, Encoding) || P <- Pairs]) of
        Text ->
            case lists:all(fun({K, V}) -> is_binary(K) andalso (is_binary(V) orelse V =:= true) end, Pairs) of
                true -> iolist_to_binary(Text);
                false -> lists:flatten(Text)
            end
    catch throw:{error, Reason, What} -> {error, Reason, What}
    end.

pair_text({K, true}, E) when is_list(K); is_binary(K) -> form(K, E);
pair_text({K, V}, E) ->
    [throw({error, invalid_input, X}) || X <- [K, V], not is_list(X), not is_binary(X)],
    [form(K, E), "=", form(V, E)].

form(Text, Encoding) when Encoding =:= utf8; Encoding =:= unicode ->
    lists:append([form_char(C) || C <- chars(Text)]);
form(Text, latin1) ->
    lists:append([if C < 256 -> form_byte(C); true -> "%26%23" ++ integer_to_list(C) ++ "%3B" end || C <- chars(Text)]).

form_char($\s) -> "+";
form_char(C) when C < 128 -> form_byte(C);
form_char(C) -> escape(C).

form_byte($\s) -> "+";
form_byte(C) when ?IS_DIGIT(C); ?IS_UPPER(C); ?IS_LOWER(C); C =:= $*; C =:= $-; C =:= $.; C =:= $_ -> [C];
form_byte(C) -> [$%, digit(C bsr 4), digit(C band 15)].

dissect_query(Query) when Query =:= ""; Query =:= <<>> -> [];
dissect_query(Query) when is_list(Query); is_binary(Query) ->
    try [pair(Part, Query) || Part <- string:split(replaced(chars(Query)), "&", all)]
    catch
        throw:{bad, What} -> {error, invalid_percent_encoding, same_kind(Query, What)};
        throw:{error, Reason, What} -> {error, Reason, What}
    end.

replaced(Chars) -> [case C of $+ -> $\s; _ -> C end || C <- Chars].

pair(Part, Query) ->
    case string:split(Part, "=") of
        [K, V] -> {form_decoded(K, Query), form_decoded(V, Query)};
        [K] -> {form_decoded(K, Query), true}
    end.

form_decoded(Chars, Query) ->
    Bytes = bytes(Chars),
    case unicode:characters_to_list(Bytes) of
        Text when is_list(Text) -> same_kind(Query, Text);
        _ -> throw({error, invalid_input, binary_to_list(Bytes)})
    end.
