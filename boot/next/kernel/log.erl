%% log.erl - a list that only grows, each entry bound to the one before it.
%% An entry is #{seq, prev, hash, item}; hash is SHA-256 over seq, the hash before, and the item's canonical bytes.
%% INVARIANT: entries are numbered from 1 to tip without a gap, and whoever knows the last hash knows that nothing
%% before it was changed.
-module(log).

-export([new/0, append/2, tip/1, head/1, entry/2, entries/1, slice/3, verify/1]).

-define(GENESIS, <<0:256>>).

new() -> #{tip => 0, head => ?GENESIS, entries => #{}}.

%% {Entry, Log}. Raises {unencodable, _} when the item has no canonical bytes.
append(Item, #{tip := Tip, head := Head, entries := Entries} = Log) ->
    Seq = Tip + 1,
    Hash = hash(Seq, Head, Item),
    Entry = #{seq => Seq, prev => Head, hash => Hash, item => Item},
    {Entry, Log#{tip := Seq, head := Hash, entries := Entries#{Seq => Entry}}}.

hash(Seq, Prev, Item) ->
    crypto:hash(sha256, [<<"next-kernel log 1\n", Seq:64>>, Prev, term_codec:encode(Item)]).

%% The number of entries.
tip(#{tip := Tip}) -> Tip.

%% The hash of the last entry, 32 zero bytes when there is none.
head(#{head := Head}) -> Head.

%% {ok, Entry} | error
entry(Seq, #{entries := Entries}) -> maps:find(Seq, Entries).

%% The oldest first.
entries(#{tip := Tip} = Log) -> slice(1, Tip, Log).

%% At most Count entries from From on, the oldest first.
slice(From, Count, #{tip := Tip, entries := Entries}) ->
    [map_get(Seq, Entries) || Seq <- lists:seq(max(From, 1), min(From + Count - 1, Tip))].

%% ok, or {error, {broken, Seq}} for the first entry that does not belong where it is.
verify(#{tip := Tip, head := Head} = Log) -> verify(entries(Log), 1, ?GENESIS, Tip, Head).

verify([#{seq := Seq, prev := Prev, hash := Hash, item := Item} | T], Seq, Prev, Tip, Head) ->
    case hash(Seq, Prev, Item) of
        Hash -> verify(T, Seq + 1, Hash, Tip, Head);
        _ -> {error, {broken, Seq}}
    end;
verify([], Seq, Head, Tip, Head) when Seq =:= Tip + 1 -> ok;
verify(_, Seq, _, _, _) -> {error, {broken, Seq}}.
