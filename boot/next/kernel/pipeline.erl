%% pipeline.erl - checks in order, the first that objects decides.
%% A check is {Name, Fun}; Fun takes the subject and answers ok, {ok, NewSubject} or {reject, Status, Reason}, Status
%% being an HTTP status. Cheap checks go first: what comes behind a rejection is never run.
-module(pipeline).

-export([run/2]).

%% {accept, Subject} | {reject, Status, Reason}. A check that crashes rejects with 500 and its name; what it crashed
%% of goes to the log and not to the client.
run([{Name, Check} | Checks], Subject) ->
    try Check(Subject) of
        ok -> run(Checks, Subject);
        {ok, New} -> run(Checks, New);
        {reject, Status, Reason} -> {reject, Status, Reason}
    catch
        error:Reason:Stack ->
            logger:error("check ~tw crashed: ~tP in ~tP", [Name, Reason, 20, Stack, 20]),
            {reject, 500, {crashed, Name}}
    end;
run([], Subject) -> {accept, Subject}.
