%% net_kernel.erl - nodes: there is one, it has no name, and no other can be reached.
-module(net_kernel).

-export([start/1, start/2, stop/0, connect_node/1, monitor_nodes/1, monitor_nodes/2, get_net_ticktime/0, set_net_ticktime/1,
         get_state/0, allow/1, allowed/0, dflag_unicode_io/1]).

start(_) -> {error, notsup}.
start(_, _) -> {error, notsup}.
stop() -> {error, not_found}.
connect_node(Node) -> if Node =:= node() -> true; true -> ignored end.
monitor_nodes(_) -> ok.
monitor_nodes(_, _) -> ok.
get_net_ticktime() -> ignored.
set_net_ticktime(_) -> ignored.
get_state() -> #{started => no}.
allow(_) -> ignored.
allowed() -> ignored.

%% May characters beyond Latin-1 be sent to the I/O device of that process?
dflag_unicode_io(Pid) when is_pid(Pid) -> true.
