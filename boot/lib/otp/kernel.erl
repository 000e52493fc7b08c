%% kernel.erl - the supervisor that OTP's own servers hang below: `kernel_sup`, started when somebody first asks for it.
-module(kernel).
-behaviour(supervisor).
-export([supervisor/0, init/1]).

supervisor() ->
    case whereis(kernel_sup) of
        undefined ->
            case supervisor:start_link({local, kernel_sup}, kernel, []) of
                {ok, Pid} -> unlink(Pid), Pid;                       % it outlives who asked
                {error, {already_started, Pid}} -> Pid
            end;
        Pid -> Pid
    end.

%% dets and others start their own supervisors below kernel_safe_sup.
init([]) ->
    {ok, {#{}, [#{id => kernel_safe_sup, type => supervisor, shutdown => infinity,
                  start => {supervisor, start_link, [{local, kernel_safe_sup}, kernel, safe]}}]}};
init(safe) -> {ok, {#{intensity => 4, period => 3600}, []}}.
