%% logger_std_h.erl - the handler that writes events to standard output, standard error, a device or a file. Its config has
%% type => standard_io | standard_error | {device, Device} | {file, Name}, or file => Name. Each event is one write by the process
%% that logs: nothing waits in between, so there is nothing to limit and nothing that is lost; a file is opened for it by name, so
%% one that was moved away is begun anew. Files are not rotated.
-module(logger_std_h).

-export([log/2, adding_handler/1, changing_config/3, removing_handler/1, filter_config/1, filesync/1]).

log(Event, #{formatter := {Formatter, Config}, config := #{type := Type}}) ->
    write(Type, unicode:characters_to_binary(Formatter:format(Event, Config))).

write(standard_io, Text) -> io:put_chars(user, Text);
write(standard_error, Text) -> io:put_chars(standard_error, Text);
write({device, Device}, Text) -> io:put_chars(Device, Text);
write({file, Name}, Text) -> ok = file:write_file(Name, Text, [append]).

%% Filled in: {ok, Config}, or {error, Why}. A file is made at once, so that one that cannot be is told of here.
adding_handler(#{id := Id} = Config) ->
    case typed(maps:get(config, Config, #{})) of
        {ok, #{type := {file, Name}} = Own} ->
            case filelib:ensure_dir(Name) of
                ok ->
                    case file:write_file(Name, <<>>, [append]) of
                        ok -> {ok, Config#{config => Own}};
                        {error, Reason} -> {error, {Id, {open_failed, Name, Reason}}}
                    end;
                {error, Reason} -> {error, {Id, {open_failed, Name, Reason}}}
            end;
        {ok, Own} -> {ok, Config#{config => Own}};
        Error -> Error
    end.

typed(#{type := {file, Name}} = Own) -> named(Own, Name);
typed(#{type := {file, Name, Modes}} = Own) when is_list(Modes) -> named(Own#{modes => Modes}, Name);
typed(#{file := Name} = Own) when not is_map_key(type, Own); map_get(type, Own) =:= file -> named(maps:remove(file, Own), Name);
typed(#{type := Type} = Own) when Type =:= standard_io; Type =:= standard_error; element(1, Type) =:= device -> {ok, Own};
typed(#{type := _} = Own) -> {error, {invalid_config, ?MODULE, maps:with([type], Own)}};
typed(Own) when is_map(Own) -> {ok, Own#{type => standard_io}};
typed(Own) -> {error, {invalid_config, ?MODULE, Own}}.

named(Own, Name) ->
    try {ok, Own#{type => {file, filename:absname(Name)}}}
    catch error:_ -> {error, {invalid_config, ?MODULE, #{file => Name}}}
    end.

%% Where it writes to stays as it is.
changing_config(_, #{config := #{type := Type} = Old}, New) ->
    case typed(maps:merge(case maps:get(config, New, #{}) of C when is_map_key(type, C); is_map_key(file, C) -> #{}; _ -> #{type => Type} end,
                          maps:get(config, New, #{}))) of
        {ok, #{type := Type} = Own} -> {ok, New#{config => maps:merge(Old, Own)}};
        {ok, Own} -> {error, {illegal_config_change, ?MODULE, maps:with([type], Old), maps:with([type], Own)}};
        Error -> Error
    end.

removing_handler(_) -> ok.
filter_config(Config) -> Config.

%% Everything is written when it was logged.
filesync(Id) ->
    case logger:get_handler_config(Id) of
        {ok, _} -> ok;
        Error -> Error
    end.
