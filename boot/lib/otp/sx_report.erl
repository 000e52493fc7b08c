%% sx_report.erl - what is told of faults in processes: by proc_lib of what nobody caught, by behaviours of what they know more of.
%% It has a name of its own, so that OTP's proc_lib can stand in for ours.
-module(sx_report).

-export([crash/4, fault/4, uncaught/3]).

%% A behaviour reports the crash of its process itself. Details are {Name, Value}: 'last message', state, and client, the
%% pid whose request it was. What the process exits with is not reported again.
crash(Class, Reason, Stack, Details) ->
    put('$crash_reported', true),
    fault(Class, Reason, Stack, Details).

%% The same of a fault that the process survives.
fault(Class, Reason, Stack, Details) ->
    logger:report(error, #{label => {proc_lib, crash}, text => sx:call('sx/%error-report', [Class, Reason, Stack, Details])}).

%% The crash of a process, unless its behaviour has reported it.
uncaught(Class, Reason, Stack) ->
    case erase('$crash_reported') of
        true -> ok;
        _ -> fault(Class, Reason, Stack, [])
    end.
