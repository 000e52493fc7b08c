%% erl_prim_loader.erl - files as OTP's code loader sees them: an error has no reason.
-module(erl_prim_loader).

-export([get_path/0, set_path/1, get_file/1, list_dir/1, read_file_info/1, read_link_info/1, get_cwd/0, get_cwd/1]).

get_path() -> {ok, code:get_path()}.
set_path(_) -> ok.

get_file(Name) ->
    case file:read_file(Name) of
        {ok, Bytes} -> {ok, Bytes, filename:absname(Name)};
        {error, _} -> error
    end.

list_dir(Name) -> plain(file:list_dir(Name)).
read_file_info(Name) -> plain(file:read_file_info(Name)).
read_link_info(Name) -> plain(file:read_link_info(Name)).
get_cwd() -> plain(file:get_cwd()).
get_cwd(_) -> error.

plain({error, _}) -> error;
plain(Answer) -> Answer.
