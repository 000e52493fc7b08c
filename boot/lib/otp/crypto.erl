%% crypto.erl - what of crypto is no primitive: it needs no starting. Hashes, keys and signatures are native.
-module(crypto).

-export([start/0, stop/0]).

start() -> ok.
stop() -> ok.
