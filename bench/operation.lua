-- One GraphQL operation after the other, with Basic credentials.
-- Arguments: authorization, body; or authorization, "purchase", file of pet ids, one each.
local bodies, position = {}, 0

function init(arguments)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Authorization"] = arguments[1]
  if arguments[2] == "purchase" then
    for id in io.lines(arguments[3]) do
      bodies[#bodies + 1] = string.format(
        '{"query":"mutation($id: ID!) { purchasePet(petId: $id) { __typename } }","variables":{"id":"%s"}}', id)
    end
  else
    bodies[1] = arguments[2]
  end
end

function request()
  position = position % #bodies + 1
  return wrk.format(nil, nil, nil, bodies[position])
end
