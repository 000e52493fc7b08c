%% sx_packet.erl - erlang:decode_packet/3: the first packet of a binary, by kind: with a length before it, a line, HTTP's lines.
%% {ok, Packet, Rest}, {more, Bytes | undefined} when it is not all there, {error, invalid} when it cannot become one.
-module(sx_packet).

-export([decode/3]).

-record(options, {most = 0, line = 0, delimiter = $\n}).       % packet_size and line_length; 0: any

decode(Kind, Bytes, Options) -> packet(Kind, Bytes, lists:foldl(fun option/2, #options{}, Options)).

option({packet_size, N}, O) when is_integer(N), N >= 0 -> O#options{most = N};
option({line_length, N}, O) when is_integer(N), N >= 0 -> O#options{line = N};
option({line_delimiter, C}, O) when is_integer(C), C >= 0, C < 256 -> O#options{delimiter = C}.

packet(Kind, <<>>, _) when Kind =:= raw; Kind =:= 0 -> {more, undefined};
packet(Kind, Bytes, _) when Kind =:= raw; Kind =:= 0 -> {ok, Bytes, <<>>};
packet(line, Bytes, O) -> line(Bytes, O);
packet(Http, Bytes, O) when Http =:= http; Http =:= http_bin -> http(Http =:= http_bin, Bytes, O);
packet(Header, Bytes, O) when Header =:= httph; Header =:= httph_bin -> header(Header =:= httph_bin, Bytes, O);
packet(Kind, Bytes, O) -> counted(length_of(Kind, Bytes), Kind, Bytes, O).

%% ---- packets that say their length ----------------------------------------------------------------------------------------

%% {BytesBefore, Length} | more | invalid. What stands before belongs to the packet but for kinds 1, 2 and 4.
length_of(1, <<N, _/binary>>) -> {1, N};
length_of(2, <<N:16, _/binary>>) -> {2, N};
length_of(4, <<N:32/signed, _/binary>>) -> if N < 0 -> invalid; true -> {4, N} end;
length_of(sunrm, <<_:1, N:31, _/binary>>) -> {4, N};
length_of(tpkt, <<3, _, N:16, _/binary>>) -> if N < 4 -> invalid; true -> {4, N - 4} end;
length_of(tpkt, <<Version, _:24, _/binary>>) when Version =/= 3 -> invalid;
length_of(fcgi, <<1, _, _:16, N:16, Padding, _, _/binary>>) -> {8, N + Padding};
length_of(fcgi, <<Version, _:56, _/binary>>) when Version =/= 1 -> invalid;
length_of(cdr, <<"GIOP", _, _, Flags, _, Size:4/binary, _/binary>>) ->
    {12, case Flags band 1 of 1 -> binary:decode_unsigned(Size, little); 0 -> binary:decode_unsigned(Size) end};
length_of(cdr, Bytes) when byte_size(Bytes) >= 4, binary_part(Bytes, 0, 4) =/= <<"GIOP">> -> invalid;
length_of(ssl_tls, <<_, _, _, N:16, _/binary>>) -> {5, N};
length_of(asn1, <<_:3, Tag:5, Rest/binary>>) when Tag < 31 -> asn1_length(Rest, 1);
length_of(asn1, <<_, Rest/binary>>) -> asn1_tag(Rest, 1);
length_of(Kind, _) when Kind =:= 1; Kind =:= 2; Kind =:= 4; Kind =:= sunrm; Kind =:= tpkt; Kind =:= fcgi; Kind =:= cdr;
                        Kind =:= ssl_tls; Kind =:= asn1 -> more.

asn1_tag(<<1:1, _:7, Rest/binary>>, Before) -> asn1_tag(Rest, Before + 1);
asn1_tag(<<_, Rest/binary>>, Before) -> asn1_length(Rest, Before + 1);
asn1_tag(<<>>, _) -> more.

asn1_length(<<0:1, N:7, _/binary>>, Before) -> {Before + 1, N};
asn1_length(<<1:1, K:7, _/binary>>, _) when K =:= 0; K > 4 -> invalid;
asn1_length(<<1:1, K:7, Rest/binary>>, Before) ->
    case Rest of
        <<N:K/unit:8, _/binary>> -> {Before + 1 + K, N};
        _ -> more
    end;
asn1_length(<<>>, _) -> more.

counted(more, _, _, _) -> {more, undefined};
counted(invalid, _, _, _) -> {error, invalid};
counted({_, N}, _, _, #options{most = Most}) when Most > 0, N > Most -> {error, invalid};
counted({Before, N}, _, Bytes, _) when byte_size(Bytes) < Before + N -> {more, Before + N};
counted({Before, N}, Kind, Bytes, _) when is_integer(Kind) ->
    <<_:Before/binary, Data:N/binary, Rest/binary>> = Bytes,
    {ok, Data, Rest};
counted({5, N}, ssl_tls, <<Type, Major, Minor, _:16, Bytes/binary>>, _) ->
    <<Data:N/binary, Rest/binary>> = Bytes,
    {ok, {ssl_tls, [], Type, {Major, Minor}, Data}, Rest};
counted({Before, N}, _, Bytes, _) ->
    {Data, Rest} = split_binary(Bytes, Before + N),
    {ok, Data, Rest}.

%% ---- lines -----------------------------------------------------------------------------------------------------------------

line(<<>>, _) -> {more, undefined};
line(Bytes, #options{most = Most, line = Line, delimiter = Delimiter}) ->
    Length = case binary:match(Bytes, <<Delimiter>>) of
                 {At, _} -> At + 1;
                 nomatch -> none
             end,
    Least = case Length of none -> byte_size(Bytes); _ -> Length end,
    if Most > 0, Least > Most -> {error, invalid};
       Line > 0, Least > Line -> taken(Line, Bytes);
       Length =:= none -> {more, undefined};
       true -> taken(Length, Bytes)
    end.

taken(N, Bytes) ->
    {Line, Rest} = split_binary(Bytes, N),
    {ok, Line, Rest}.

%% The first line of a request or an answer.
http(AsBinary, Bytes, O) ->
    case line(Bytes, O#options{delimiter = $\n}) of
        {ok, Line, Rest} -> {ok, first_line(Line, AsBinary), Rest};
        Other -> Other
    end.

first_line(Line, AsBinary) ->
    case re:run(Line, <<"^HTTP/(\\d+)\\.(\\d+) +(\\d+)(?:[ \t]+([^\r\n]*))?\r?\n$">>, [{capture, all_but_first, binary}]) of
        {match, [Major, Minor, Status | Phrase]} ->
            {http_response, version(Major, Minor), binary_to_integer(Status), text(iolist_to_binary(Phrase), AsBinary)};
        nomatch ->
            case re:run(Line, <<"^([^ \t\r\n]+)[ \t]+([^ \t\r\n]+)(?:[ \t]+HTTP/(\\d+)\\.(\\d+))?[ \t]*\r?\n$">>, [{capture, all_but_first, binary}]) of
                {match, [<<"HTTP/", _/binary>> | _]} -> {http_error, text(Line, AsBinary)};
                {match, [Method, Target | Version]} ->
                    {http_request, method(Method, AsBinary), target(Target, AsBinary),
                     case Version of [Major, Minor] -> version(Major, Minor); [] -> {0, 9} end};
                nomatch -> {http_error, text(Line, AsBinary)}
            end
    end.

version(Major, Minor) -> {binary_to_integer(Major), binary_to_integer(Minor)}.

text(Bytes, true) -> Bytes;
text(Bytes, false) -> binary_to_list(Bytes).

method(Name, AsBinary) ->
    case lists:member(Name, [<<"OPTIONS">>, <<"GET">>, <<"HEAD">>, <<"POST">>, <<"PUT">>, <<"DELETE">>, <<"TRACE">>]) of
        true -> binary_to_atom(Name);
        false -> text(Name, AsBinary)
    end.

target(<<"*">>, _) -> '*';
target(<<"/", _/binary>> = Path, AsBinary) -> {abs_path, text(Path, AsBinary)};
target(Target, AsBinary) ->
    case re:run(Target, <<"^(https?)://([^/:]*)(?::(\\d+))?(/.*)?$">>, [caseless, {capture, all_but_first, binary}]) of
        {match, [Scheme, Host | More]} ->
            {Port, Path} = case More of
                               [] -> {undefined, <<"/">>};
                               [P] -> {binary_to_integer(P), <<"/">>};
                               [<<>>, A] -> {undefined, A};
                               [P, A] -> {binary_to_integer(P), A}
                           end,
            {absoluteURI, case byte_size(Scheme) of 5 -> https; 4 -> http end, text(Host, AsBinary), Port, text(Path, AsBinary)};
        nomatch ->
            case binary:split(Target, <<":">>) of
                [Scheme, Rest] -> {scheme, text(Scheme, AsBinary), text(Rest, AsBinary)};
                [_] -> text(Target, AsBinary)
            end
    end.

%% ---- a header -----------------------------------------------------------------------------------------------------------------

%% A line that begins with a blank goes on with the one before, so the byte behind the line must be known.
header(_, <<"\r\n", Rest/binary>>, _) -> {ok, http_eoh, Rest};
header(_, <<"\n", Rest/binary>>, _) -> {ok, http_eoh, Rest};
header(AsBinary, Bytes, #options{most = Most}) ->
    case header_end(Bytes, 0) of
        more when Most > 0, byte_size(Bytes) > Most -> {error, invalid};
        more -> {more, undefined};
        N when Most > 0, N > Most -> {error, invalid};
        N ->
            {Line, Rest} = split_binary(Bytes, N),
            {ok, field(Line, AsBinary), Rest}
    end.

header_end(Bytes, From) ->
    case binary:match(Bytes, <<"\n">>, [{scope, {From, byte_size(Bytes) - From}}]) of
        nomatch -> more;
        {At, _} when At + 1 =:= byte_size(Bytes) -> more;
        {At, _} ->
            case binary:at(Bytes, At + 1) of
                C when C =:= $\s; C =:= $\t -> header_end(Bytes, At + 1);
                _ -> At + 1
            end
    end.

field(Line, AsBinary) ->
    case re:run(Line, <<"^([^:\r\n \t]*):[ \t]*(.*?)\r?\n$">>, [dotall, {capture, all_but_first, binary}]) of
        {match, [Name, Value]} ->
            Proper = proper(Name),
            {Number, Known} = case known(Proper) of
                                  {N, Atom} -> {N, Atom};
                                  none -> {0, text(Proper, AsBinary)}
                              end,
            {http_header, Number, Known, text(Name, AsBinary), text(Value, AsBinary)};
        nomatch -> {http_error, text(Line, AsBinary)}
    end.

%% content-length as Content-Length.
proper(Name) -> iolist_to_binary(lists:join($-, [part(P) || P <- binary:split(Name, <<"-">>, [global])])).

part(<<C, Rest/binary>>) -> [string:uppercase(<<C>>), string:lowercase(Rest)];
part(<<>>) -> [].

known(Name) -> known(Name, names(), 1).

known(Name, [Name | _], N) -> {N, binary_to_atom(Name)};
known(Name, [_ | Names], N) -> known(Name, Names, N + 1);
known(_, [], _) -> none.

%% In the order of their numbers.
names() ->
    [<<"Cache-Control">>, <<"Connection">>, <<"Date">>, <<"Pragma">>, <<"Transfer-Encoding">>, <<"Upgrade">>, <<"Via">>, <<"Accept">>,
     <<"Accept-Charset">>, <<"Accept-Encoding">>, <<"Accept-Language">>, <<"Authorization">>, <<"From">>, <<"Host">>,
     <<"If-Modified-Since">>, <<"If-Match">>, <<"If-None-Match">>, <<"If-Range">>, <<"If-Unmodified-Since">>, <<"Max-Forwards">>,
     <<"Proxy-Authorization">>, <<"Range">>, <<"Referer">>, <<"User-Agent">>, <<"Age">>, <<"Location">>, <<"Proxy-Authenticate">>,
     <<"Public">>, <<"Retry-After">>, <<"Server">>, <<"Vary">>, <<"Warning">>, <<"Www-Authenticate">>, <<"Allow">>, <<"Content-Base">>,
     <<"Content-Encoding">>, <<"Content-Language">>, <<"Content-Length">>, <<"Content-Location">>, <<"Content-Md5">>,
     <<"Content-Range">>, <<"Content-Type">>, <<"Etag">>, <<"Expires">>, <<"Last-Modified">>, <<"Accept-Ranges">>, <<"Set-Cookie">>,
     <<"Set-Cookie2">>, <<"X-Forwarded-For">>, <<"Cookie">>, <<"Keep-Alive">>, <<"Proxy-Connection">>].
