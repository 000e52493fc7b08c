%% binaries.erl - bit syntax both ways, bitstrings, unicode, the binary module.
-module(binaries).
-export([main/1]).

main(_) ->
    build(),
    take(),
    bad(),
    library().

%% What `catch` makes of an error is shown without its stack.
p({'EXIT', {R, [_ | _]}}) -> p({'EXIT', R});
p(X) -> io:format("~0p~n", [X]).

build() ->
    p(<<1, 2, 3:16, 4:16/little>>),  % expect: <<1,2,0,3,4,0>>
    p(<<-1, 256, 257>>),  % expect: <<255,0,1>>
    p(<<1.5/float, 2.5:32/float, 1.0:16/float>>),  % expect: <<63,248,0,0,0,0,0,0,64,32,0,0,60,0>>
    p(<<1.5:64/little-float>>),  % expect: <<0,0,0,0,0,0,248,63>>
    p(<<"text", 0, "more"/utf16>>),  % expect: <<116,101,120,116,0,0,109,0,111,0,114,0,101>>
    p(<<"\x{20ac}"/utf8, $a/utf32>>),  % expect: <<226,130,172,0,0,0,97>>
    p(<<5:3, 1:1>>),  % expect: <<11:4>>
    p(<<1:1, (<<1:1, 0:1>>)/bits, 0:5>>),  % expect: <<"À">>
    p(<< <<1, 2>>/binary, <<3>>/binary >>),  % expect: <<1,2,3>>
    X = 16#123456789abcdef0123,
    p(<<X:80>>),  % expect: <<1,35,69,103,137,171,205,239,1,35>>
    p(<<X:12, X:4/unit:5>>),  % expect: <<18,63,1,35>>
    p(<<(-X):80/little-signed>>),  % expect: <<221,254,16,50,84,118,152,186,220,254>>
    Half = <<"abcdef">>,
    p(<<Half:3/binary, Half/binary>>),  % expect: <<"abcabcdef">>
    p(bit_size(<<0:13>>)),  % expect: 13
    p(lists:foldl(fun(I, A) -> <<A/binary, I:16>> end, <<>>, lists:seq(1, 5))).  % expect: <<0,1,0,2,0,3,0,4,0,5>>

take() ->
    <<A:4, B:4, C/binary>> = <<16#ab, 1, 2>>,
    p({A, B, C}),  % expect: {10,11,<<1,2>>}
    <<S:8/signed, U:8, L:16/little, F:32/float>> = <<255, 255, 1, 2, 1.25:32/float>>,
    p({S, U, L, F}),  % expect: {-1,255,513,1.25}
    <<N, Text:N/binary, Rest/binary>> = <<3, "abcde">>,
    p({N, Text, Rest}),  % expect: {3,<<"abc">>,<<"de">>}
    <<Cp/utf8, More/binary>> = <<"\x{1F600}z"/utf8>>,
    p({Cp, More}),  % expect: {128512,<<"z">>}
    <<W:7, Bits/bitstring>> = <<16#ff, 16#01>>,
    p({W, Bits}),  % expect: {127,<<128,1:1>>}
    p([case V of <<"GET ", P/binary>> -> {get, P}; <<"PUT ", P/binary>> -> {put, P}; <<>> -> empty; <<_, T/binary>> -> {other, T} end
    % expect: [{get,<<"/">>},{put,<<"x">>},empty,{other,<<"E">>}]
       || V <- [<<"GET /">>, <<"PUT x">>, <<>>, <<"GE">>]]),
    p([case V of <<_:(8 * 2), T/bits>> -> T; _ -> short end || V <- [<<1, 2, 3:4>>, <<1>>]]),  % expect: [<<3:4>>,short]
    <<Big:128>> = <<1, 0:112, 2>>,
    p(Big),  % expect: 1329227995784915872903807060280344578
    <<Neg:72/signed>> = <<255, 0:64>>,
    p(Neg),  % expect: -18446744073709551616
    p(parse(<<1, 5, "hello", 2, 0, 42, 3>>, [])).  % expect: [{string,<<"hello">>},{word,42},mark]

parse(<<1, N, S:N/binary, R/binary>>, Acc) -> parse(R, [{string, S} | Acc]);
parse(<<2, V:16, R/binary>>, Acc) -> parse(R, [{word, V} | Acc]);
parse(<<3, R/binary>>, Acc) -> parse(R, [mark | Acc]);
parse(<<>>, Acc) -> lists:reverse(Acc).

bad() ->
    p(element(1, element(2, catch (fun(V) -> <<V:8>> end)(atom)))),  % expect: badarg
    p(element(1, element(2, catch (fun(V) -> <<V/binary>> end)("list")))),  % expect: badarg
    p(element(1, element(2, catch (fun(V) -> <<V/utf8>> end)(16#d800)))),  % expect: badarg
    p(case <<16#ed, 16#a0, 16#80>> of <<_/utf8, _/binary>> -> valid; _ -> invalid end),  % expect: invalid
    p(case <<255, 255, 255, 255, 255, 255, 255, 255>> of <<F/float>> -> F; _ -> not_a_number end),
    % expect: not_a_number
    p(element(1, catch binary_part(<<1>>, 1, 1))),  % expect: 'EXIT'
    p((fun(B) -> try <<_:3/binary>> = B, ok catch error:{badmatch, V} -> V end end)(<<1, 2>>)).  % expect: <<1,2>>

library() ->
    B = <<"hello, world">>,
    p({byte_size(B), binary:at(B, 4), binary:first(B), binary:last(B)}),  % expect: {12,111,104,100}
    p(binary:split(<<"a,b,,c">>, <<",">>, [global])),  % expect: [<<"a">>,<<"b">>,<<>>,<<"c">>]
    p(binary:match(B, [<<"wor">>, <<"lo">>])),  % expect: {3,2}
    p(binary:matches(<<"abab">>, <<"ab">>)),  % expect: [{0,2},{2,2}]
    p(binary:replace(B, <<"o">>, <<"0">>, [global])),  % expect: <<"hell0, w0rld">>
    p([binary:part(B, 7, 5), binary:part(B, byte_size(B), -5), binary_part(B, {0, 2})]),
    % expect: [<<"world">>,<<"world">>,<<"he">>]
    p(binary:copy(<<"ab">>, 3)),  % expect: <<"ababab">>
    p([binary:encode_unsigned(66051), binary:decode_unsigned(<<1, 2, 3>>), binary:decode_unsigned(<<1, 2, 3>>, little)]),
    % expect: [<<1,2,3>>,66051,197121]
    p(binary:bin_to_list(<<1, 2, 3>>, 1, 2)),  % expect: [2,3]
    p(binary:longest_common_prefix([<<"abc">>, <<"abd">>])),  % expect: 2
    p([binary_to_list(<<"ab">>), list_to_binary([1, [2, <<3>>]]), binary_to_atom(<<"at om">>), atom_to_binary(x)]),
    % expect: ["ab",<<1,2,3>>,'at om',<<"x">>]
    p([binary_to_integer(<<"-12">>), binary_to_float(<<"1.5e3">>), integer_to_binary(255, 2)]),
    % expect: [-12,1.5e3,<<"11111111">>]
    p(unicode:characters_to_binary([8364, "a", <<"b">>])),  % expect: <<226,130,172,97,98>>
    p(unicode:characters_to_list(<<"\x{20ac}"/utf8>>)),  % expect: [8364]
    p(unicode:characters_to_binary(<<228>>, latin1)),  % expect: <<"Ã¤">>
    p(element(1, unicode:characters_to_list(<<255>>))),  % expect: error
    p(binary_to_term(term_to_binary({a, [1, 2.5, <<"b">>, #{k => "v"}], 1 bsl 100}))),
    % expect: {a,[1,2.5,<<"b">>,#{k => "v"}],1267650600228229401496703205376}
    p(base64:encode(<<"any carnal pleas">>)),  % expect: <<"YW55IGNhcm5hbCBwbGVhcw==">>
    p(<< <<(X bxor 32)>> || <<X>> <= <<"Hello">> >>),  % expect: <<"hELLO">>
    p(iolist_size([<<"abc">>, [1, "de"]])).  % expect: 6
