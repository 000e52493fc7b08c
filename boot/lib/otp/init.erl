%% init.erl - the command line, as far as Erlang programs ask for it. Ending is native.
-module(init).

-export([get_argument/1, get_arguments/0, get_plain_arguments/0, get_status/0, script_id/0, script_name/0,
         notify_when_started/1, wait_until_started/0]).

%% There are no flags: all words behind the file are plain arguments.
get_argument(_) -> error.
get_arguments() -> [].
get_plain_arguments() -> sx:call('er-command-line', []).
get_status() -> {started, started}.
script_id() -> {"sxhost", "1"}.
script_name() -> "sxhost".

%% The system has started before any program runs.
notify_when_started(_) -> started.
wait_until_started() -> ok.
